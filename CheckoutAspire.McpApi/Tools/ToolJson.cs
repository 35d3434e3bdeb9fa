using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>The tools' wire format: snake_case, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InitiateCheckoutInput))]
[JsonSerializable(typeof(InitiateCheckoutOutput))]
[JsonSerializable(typeof(GetCheckoutInput))]
[JsonSerializable(typeof(GetCheckoutOutput))]
[JsonSerializable(typeof(CancelCheckoutInput))]
[JsonSerializable(typeof(CancelCheckoutOutput))]
[JsonSerializable(typeof(ListCheckoutsInput))]
[JsonSerializable(typeof(ListCheckoutsOutput))]
[JsonSerializable(typeof(ListProductsInput))]
[JsonSerializable(typeof(ListProductsOutput))]
[JsonSerializable(typeof(WaitForPaymentInput))]
[JsonSerializable(typeof(CheckoutError))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class ToolJson : JsonSerializerContext;

/// <summary>How the tools write <see cref="ToolJson"/>.</summary>
internal static class ToolWire
{
    /// <summary>Writes text as it is: the answers go to models, never into HTML, and <c>\u0026</c> in a link helps nobody.</summary>
    public static ToolJson Json { get; } =
        new(new JsonSerializerOptions(ToolJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>A tool's result. Clients that do not read structured content get the same JSON as text.</summary>
    public static CallToolResult Result<T>(T content, bool isError)
    {
        var json = JsonSerializer.SerializeToElement(content, (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T))!);
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = json.GetRawText() }],
            StructuredContent = json,
            IsError = isError,
        };
    }
}
