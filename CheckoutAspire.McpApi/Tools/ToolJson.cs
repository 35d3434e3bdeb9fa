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
[JsonSerializable(typeof(CheckoutError))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ToolJson : JsonSerializerContext;
