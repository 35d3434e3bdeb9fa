using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Values;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>The tools' wire format: snake_case, absent members instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InitiateCheckoutInput))]
[JsonSerializable(typeof(InitiateCheckoutOutput))]
[JsonSerializable(typeof(GetCheckoutInput))]
[JsonSerializable(typeof(CheckoutDetails))]
[JsonSerializable(typeof(CancelCheckoutInput))]
[JsonSerializable(typeof(CanceledCheckout))]
[JsonSerializable(typeof(RefundCheckoutInput))]
[JsonSerializable(typeof(RefundedCheckout))]
[JsonSerializable(typeof(ListCheckoutsInput))]
[JsonSerializable(typeof(CheckoutPage))]
[JsonSerializable(typeof(ListProductsInput))]
[JsonSerializable(typeof(ListProductsOutput))]
[JsonSerializable(typeof(WaitForPaymentInput))]
[JsonSerializable(typeof(CheckoutError))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ToolJson : JsonSerializerContext;

/// <summary>How the tools use <see cref="ToolJson"/>.</summary>
internal static class ToolJsonOptions
{
    /// <summary>As <see cref="UnescapedJson"/>.</summary>
    public static ToolJson Unescaped { get; } = new(UnescapedJson.Of(ToolJson.Default.Options));

    /// <summary>A tool's result, with the same JSON as text for clients that do not read structured content.</summary>
    public static CallToolResult Result<T>(T content)
    {
        var json = JsonSerializer.SerializeToElement(content, (JsonTypeInfo<T>)Unescaped.GetTypeInfo(typeof(T))!);
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = json.GetRawText() }],
            StructuredContent = json,
        };
    }
}
