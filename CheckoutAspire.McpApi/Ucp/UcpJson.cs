using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The protocol's wire format, and the format of stored drafts: snake_case, absent members instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UcpCheckout))]
[JsonSerializable(typeof(UcpOrder))]
[JsonSerializable(typeof(UcpErrorResponse))]
[JsonSerializable(typeof(UcpProfileDocument))]
[JsonSerializable(typeof(CheckoutDraft))]
[JsonSerializable(typeof(KeyRecord))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class UcpJson : JsonSerializerContext;

/// <summary>How the protocol uses <see cref="UcpJson"/>.</summary>
internal static class UcpJsonOptions
{
    /// <summary>As <see cref="UnescapedJson"/>.</summary>
    public static UcpJson Unescaped { get; } = new(UnescapedJson.Of(UcpJson.Default.Options));
}
