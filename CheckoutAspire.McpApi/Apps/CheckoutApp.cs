using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Localization;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Apps;

/// <summary>
/// The user interface that hosts of <see href="https://github.com/modelcontextprotocol/ext-apps">MCP Apps</see> show next to the result of a tool:
/// lines, order number, amounts, state and a button for the payment page. It is a single document that loads nothing.
/// </summary>
internal static class CheckoutApp
{
    public const string Uri = "ui://checkout/card";

    public const string MimeType = "text/html;profile=mcp-app";

    // The tools whose result is a checkout.
    private static readonly string[] s_tools = ["initiate_checkout", "get_checkout", "wait_for_payment"];

    /// <summary>The <c>_meta</c> of a tool whose result the app shows; null for other tools.</summary>
    public static JsonObject? MetaOf(string tool) =>
        s_tools.Contains(tool, StringComparer.Ordinal) ? new JsonObject { ["ui"] = new JsonObject { ["resourceUri"] = Uri } } : null;

    /// <summary>The <c>_meta</c> of the document, which needs no other origin and no permission.</summary>
    public static JsonObject Meta() => new()
    {
        ["ui"] = new JsonObject
        {
            ["csp"] = new JsonObject { ["connectDomains"] = new JsonArray(), ["resourceDomains"] = new JsonArray() },
            ["prefersBorder"] = false,
        },
    };

    /// <summary>The document.</summary>
    /// <param name="seller">The seller's name, if it is configured.</param>
    public static string Write(string? seller)
    {
        var (style, script) = (Read("CheckoutApp.css"), Read("CheckoutApp.js"));
        var policy = $"default-src 'none'; style-src '{Digest(style)}'; script-src '{Digest(script)}'; base-uri 'none'; form-action 'none'";
        // The script assumes two decimals for all other currencies.
        var decimals = Currency.Known.Where(currency => currency.Decimals != 2)
            .OrderBy(currency => currency.Code, StringComparer.Ordinal)
            .Select(currency => KeyValuePair.Create(currency.Code, (JsonNode?)currency.Decimals));
        return Read("CheckoutApp.html")
            .Replace("{{policy}}", policy, StringComparison.Ordinal)
            .Replace("{{decimals}}", HtmlEncoder.Default.Encode(new JsonObject(decimals).ToJsonString()), StringComparison.Ordinal)
            .Replace("{{style}}", style, StringComparison.Ordinal)
            .Replace("{{script}}", script, StringComparison.Ordinal)
            .Replace("{{texts}}", Language.ToScriptJson(), StringComparison.Ordinal)
            .Replace("{{seller}}", HtmlEncoder.Default.Encode(seller ?? ""), StringComparison.Ordinal);
    }

    private static string Digest(string content) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    // Browsers normalize line endings before they compute the digest.
    private static string Read(string name)
    {
        using var stream = typeof(CheckoutApp).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
