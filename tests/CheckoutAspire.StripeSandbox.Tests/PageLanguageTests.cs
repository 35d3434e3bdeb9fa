using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The languages of the payment page.</summary>
public sealed partial class PageLanguageTests(SandboxServer sandbox) : IClassFixture<SandboxServer>
{
    private static readonly string s_assets = Path.Combine(Repository.Root, "CheckoutAspire.StripeSandbox", "HostedPage", "Assets");

    public static TheoryData<string> Languages() => ["de", "es", "fr", "it", "ja"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_language_translates_every_text_of_the_page(string language)
    {
        var translations = Read(language);
        var texts = Directory.GetFiles(s_assets, "*.html").SelectMany(file => Text().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value)
            .Concat(Sentence().Matches(File.ReadAllText(Path.Combine(s_assets, "pay.js"))).Select(match => match.Groups[1].Value));

        Assert.Equal([], texts.Distinct().Where(text => !translations.ContainsKey(text)));
        Assert.Equal(Read("de").Keys.Order(StringComparer.Ordinal), translations.Keys.Order(StringComparer.Ordinal));
        Assert.All(translations, entry => Assert.Equal(
            Placeholder().Matches(entry.Key).Select(match => match.Value).Order(StringComparer.Ordinal),
            Placeholder().Matches(entry.Value).Select(match => match.Value).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("en", "Pay €54.70", "Shipping address", "2 to 4 business days")]
    [InlineData("de", "54,70 € zahlen", "Lieferadresse", "2 bis 4 Werktage")]
    [InlineData("fr", "Payer 54,70 €", "Adresse de livraison", "2 à 4 jours ouvrables")]
    [InlineData("fr-CA", "Payer 54,70 €", "Adresse de livraison", "2 à 4 jours ouvrables")]
    [InlineData("es", "Pagar 54,70 €", "Dirección de envío", "De 2 a 4 días laborables")]
    [InlineData("it", "Paga 54,70 €", "Indirizzo di spedizione", "Da 2 a 4 giorni lavorativi")]
    [InlineData("ja", "€54.70 を支払う", "配送先住所", "2~4 営業日")]
    [InlineData("pl", "Pay €54.70", "Shipping address", "2 to 4 business days")]
    public async Task The_page_is_in_the_session_s_locale(string locale, string button, string address, string estimate)
    {
        var html = await ReadAsync(await CreateAsync(locale), acceptLanguage: "da");

        Assert.Contains($"<html lang=\"{(locale == "pl" ? "en" : locale[..2])}\">", html, StringComparison.Ordinal);
        Assert.Contains($">{button}</span>", html, StringComparison.Ordinal);
        Assert.Contains($">{address}</legend>", html, StringComparison.Ordinal);
        Assert.Contains($">{estimate}</span>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "da, fr;q=0.5, de;q=0.9", "de")]
    [InlineData("auto", "ja-JP,ja;q=0.9,en;q=0.8", "ja")]
    [InlineData(null, "en-US,de;q=0.5", "en")]
    [InlineData(null, "da", "en")]
    [InlineData(null, ";;;", "en")]
    public async Task Without_a_locale_the_page_is_in_the_language_of_the_browser(string? locale, string acceptLanguage, string language) =>
        Assert.Contains($"<html lang=\"{language}\">", await ReadAsync(await CreateAsync(locale), acceptLanguage), StringComparison.Ordinal);

    [Theory]
    [InlineData("jpy", 5000, "de", "5.000 ¥")]
    [InlineData("chf", 123456, "de", "1.234,56 CHF")]
    [InlineData("chf", 123456, "en", "CHF 1,234.56")]
    [InlineData("usd", 123456, "fr", "1 234,56 $US")]
    public async Task Amounts_are_written_as_the_language_does(string currency, long amount, string locale, string written)
    {
        var session = await sandbox.CreateAsync(
            options =>
            {
                options.Locale = locale;
                options.LineItems[0].Quantity = 1;
                options.LineItems[0].PriceData.UnitAmount = amount;
            },
            currency);

        Assert.Contains($"data-testid=\"total-due\">{written}</dd>", await ReadAsync(session, "en"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_in_the_language_of_the_page()
    {
        var session = await CreateAsync("de");

        var declined = await sandbox.PayAsync(session, AskingSession.Form(session, ("cardNumber", "4000000000000002")));
        var unanswered = await sandbox.PayAsync(session, AskingSession.Form(session, ("shippingLocality", "")));

        Assert.Equal("Ihre Karte wurde abgelehnt. Versuchen Sie es mit einer anderen Karte.", (string)declined["message"]!);
        Assert.Equal("Geben Sie den Ort ein.", (string)unanswered["message"]!);
    }

    [GeneratedRegex(@"\{\{_(.*?)\}\}")]
    private static partial Regex Text();

    [GeneratedRegex("""
        "([A-Z][^"]*\.|Processing)"
        """)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();

    private static Dictionary<string, string> Read(string language) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(s_assets, $"{language}.json")))!;

    private Task<Session> CreateAsync(string? locale) => sandbox.CreateAsync(
        options =>
        {
            AskingSession.Everything(options);
            options.Locale = locale;
        },
        "eur");

    // With ordinary spaces, and as the browser shows it.
    private async Task<string> ReadAsync(Session session, string acceptLanguage)
    {
        using var client = sandbox.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Language", acceptLanguage);
        var html = await client.GetStringAsync(new Uri(session.Url).AbsolutePath, TestContext.Current.CancellationToken);
        return System.Net.WebUtility.HtmlDecode(html).Replace('\u00a0', ' ').Replace('\u202f', ' ');
    }
}
