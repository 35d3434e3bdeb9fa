using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Localization;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>Renders the page about an order from its embedded template. All values come from the ledger or the configuration and are encoded.</summary>
internal static partial class OrderPage
{
    // Letters of every language stay readable in the source.
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly string s_template = Read("order.html");
    private static readonly string s_style = Read("order.css");
    private static readonly string s_script = Read("order.js");

    /// <summary>Allows only this page's own style and script, by their digests.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src '{Digest(s_style)}'; script-src '{Digest(s_script)}'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page as HTML.</summary>
    public static string Write(OrderView view, Order? order, SellerOptions seller, Language language)
    {
        var title = language[view.Title];
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["language"] = language.Tag,
            ["document"] = Encode(seller.Name is null ? title : $"{title} · {seller.Name}"),
            ["title"] = Encode(title),
            ["message"] = Encode(language.Fill(view.Message, ("amount", order is null ? "" : ReturnedAmount(order, language)))),
            ["state"] = Encode(view.State),
            ["tone"] = Encode(view.IsBusy ? view.Tone + " busy" : view.Tone),
            ["style"] = s_style,
            ["refresh"] = view.IsBusy ? """<noscript><meta http-equiv="refresh" content="5"></noscript>""" : "",
            ["script"] = view.Refreshes ? $"<script>{s_script}</script>" : "",
            ["seller"] = seller.Name is null ? "" : $"<header>{Encode(seller.Name)}</header>",
            ["receipt"] = order is null ? "" : OrderReceipt.Write(order, language),
            ["action"] = view.MayPay && order?.CheckoutUrl is { } url && IsWebAddress(url)
                ? $"""<a class="button" href="{Encode(url)}" rel="noreferrer">{Encode(language["action.pay"])}</a>"""
                : "",
            ["footer"] = Footer(order, seller, language),
        }.ToFrozenDictionary(StringComparer.Ordinal);

        // Replaces all placeholders in one pass, so that a product named {{script}} is not expanded.
        return Placeholder().Replace(s_template, match => values[match.Groups[1].Value]);
    }

    internal static string Encode(string text) => s_encoder.Encode(text);

    // What the seller has refunded, or has to refund after it declined the order.
    private static string ReturnedAmount(Order order, Language language) => language.Money(
        order.Fulfillment is OrderFulfillment.Rejected && order.AmountRefunded < order.AmountTotal
            ? order.AmountTotal - order.AmountRefunded
            : order.AmountRefunded,
        order.Currency);

    private static string Footer(Order? order, SellerOptions seller, Language language)
    {
        var support = seller.Name is null ? language["action.support_unnamed"] : language.Fill("action.support", ("seller", seller.Name));
        string[] parts =
        [
            Link(seller.ShopUrl, language["action.shop"]),
            Link(seller.SupportUrl, support),
            order?.Livemode is false ? $"<p>{Encode(language["label.test_mode"])}</p>" : "",
        ];
        var content = string.Concat(parts);
        return content.Length == 0 ? "" : $"<footer>{content}</footer>";
    }

    private static string Link(string? url, string text) =>
        url is null ? "" : $"""<a href="{Encode(url)}" rel="noreferrer">{Encode(text)}</a>""";

    private static bool IsWebAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

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
