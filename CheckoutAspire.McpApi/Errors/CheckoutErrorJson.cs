using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Values;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Errors;

/// <summary>Errors as JSON: snake_case, absent members instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckoutError))]
internal sealed partial class CheckoutErrorJson : JsonSerializerContext
{
    /// <summary>As <see cref="UnescapedJson"/>.</summary>
    public static CheckoutErrorJson Unescaped => field ??= new(UnescapedJson.Of(Default.Options));

    /// <summary>The name of a code on the wire, for example <c>invalid_request</c>.</summary>
    public static string NameOf(CheckoutErrorCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());

    /// <summary>The name of a severity on the wire, for example <c>requires_buyer_input</c>.</summary>
    public static string NameOf(CheckoutErrorSeverity severity) => JsonNamingPolicy.SnakeCaseLower.ConvertName(severity.ToString());

    /// <summary>The tool result that reports an error.</summary>
    public static CallToolResult Result(CheckoutError error)
    {
        var json = JsonSerializer.SerializeToElement(error, Unescaped.CheckoutError);
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = json.GetRawText() }],
            StructuredContent = json,
            IsError = true,
        };
    }
}
