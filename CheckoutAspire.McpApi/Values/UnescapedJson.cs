using System.Text.Encodings.Web;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Values;

/// <summary>JSON that clients and models read as text and that never enters HTML: an ampersand in a link stays an ampersand.</summary>
internal static class UnescapedJson
{
    /// <summary>The same options without escapes for HTML.</summary>
    public static JsonSerializerOptions Of(JsonSerializerOptions options) => new(options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
