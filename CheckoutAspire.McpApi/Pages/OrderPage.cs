using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>Renders the page about an order from its embedded template. All values come from the ledger and are encoded.</summary>
internal static partial class OrderPage
{
    private static readonly string s_template = Read("order.html");
    private static readonly string s_style = Read("order.css");
    private static readonly string s_script = Read("order.js");

    /// <summary>Allows only this page's own style and script, by their digests.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src '{Digest(s_style)}'; script-src '{Digest(s_script)}'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page as HTML.</summary>
    public static string Write(OrderView view, Order? order)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["title"] = Encode(view.Title),
            ["message"] = Encode(view.Message),
            ["state"] = Encode(view.State),
            ["tone"] = Encode(view.Refreshes ? view.Tone + " busy" : view.Tone),
            ["style"] = s_style,
            ["refresh"] = view.Refreshes ? """<noscript><meta http-equiv="refresh" content="5"></noscript>""" : "",
            ["script"] = view.Refreshes ? $"<script>{s_script}</script>" : "",
            ["receipt"] = order is null ? "" : Receipt(order),
            ["action"] = view.MayPay && order?.CheckoutUrl is { } url && IsWebAddress(url)
                ? $"""<a class="button" href="{Encode(url)}" rel="noreferrer">Back to the payment page</a>"""
                : "",
        }.ToFrozenDictionary(StringComparer.Ordinal);

        // Replaces all placeholders in one pass, so that a product named {{script}} is not expanded.
        return Placeholder().Replace(s_template, match => values[match.Groups[1].Value]);
    }

    private static string Receipt(Order order)
    {
        var item = order.ProductName.Length == 0 ? "" : $"<div><dt>Item</dt><dd>{Encode(order.ProductName)}</dd></div>";
        var amount = order.Currency.Length == 0
            ? ""
            : $"<div><dt>Amount</dt><dd>{Encode(Currency.Format(order.AmountTotal, order.Currency))}</dd></div>";
        return $"<dl>{item}{amount}</dl>";
    }

    private static bool IsWebAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private static string Digest(string content) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    // Browsers normalize line endings before they compute the digest.
    private static string Read(string name)
    {
        using var stream = typeof(OrderPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();
}
