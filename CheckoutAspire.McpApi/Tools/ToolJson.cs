using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>The tools' wire format: snake_case, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InitiateCheckoutInput))]
[JsonSerializable(typeof(InitiateCheckoutOutput))]
[JsonSerializable(typeof(GetCheckoutInput))]
[JsonSerializable(typeof(GetCheckoutOutput))]
[JsonSerializable(typeof(WaitForPaymentInput))]
[JsonSerializable(typeof(CheckoutError))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ToolJson : JsonSerializerContext;

/// <summary>How the tools write <see cref="ToolJson"/>.</summary>
internal static class ToolWire
{
    /// <summary>Writes text as it is: the answers go to models, never into HTML, and <c>\u0026</c> in a link helps nobody.</summary>
    public static ToolJson Json { get; } =
        new(new JsonSerializerOptions(ToolJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
