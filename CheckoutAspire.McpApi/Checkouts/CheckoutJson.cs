using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Checkouts and their arguments as JSON: snake_case, absent members instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckoutDetails))]
[JsonSerializable(typeof(CheckoutRequest))]
[JsonSerializable(typeof(RefundRequest))]
internal sealed partial class CheckoutJson : JsonSerializerContext
{
    /// <summary>As <see cref="UnescapedJson"/>.</summary>
    public static CheckoutJson Unescaped => field ??= new(UnescapedJson.Of(Default.Options));
}
