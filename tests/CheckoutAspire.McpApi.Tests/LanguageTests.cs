using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Localization;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The texts of the buyer's pages and of the app, in every language.</summary>
public sealed partial class LanguageTests
{
    public static TheoryData<string> Languages() => new(Language.All.Select(language => language.Tag));

    [Fact]
    public void The_languages_are_these() =>
        Assert.Equal(["de", "en", "es", "fr", "it", "ja"], Language.All.Select(language => language.Tag).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_language_has_every_text_with_the_same_placeholders(string tag)
    {
        var language = Language.Of(tag, default);

        Assert.Equal(tag, language.Tag);
        Assert.Equal(Language.English.Keys.Order(StringComparer.Ordinal), language.Keys.Order(StringComparer.Ordinal));
        Assert.All(language.Keys, key =>
        {
            Assert.NotEmpty(language[key].Trim());
            Assert.Equal(Placeholders(Language.English[key]), Placeholders(language[key]));
        });
    }

    [Fact]
    public void Every_status_of_a_buyer_has_its_texts() => Assert.All(Enum.GetValues<BuyerStatus>(), status =>
    {
        Assert.Contains("title." + status.Name(), Language.English.Keys);
        Assert.Contains("message." + status.Name(), Language.English.Keys);
    });

    [Fact]
    public void Texts_differ_between_languages_unless_they_are_a_form_or_a_shared_word()
    {
        string[] shared = ["label.units", "label.total", "label.subtotal"];

        Assert.All(Language.All.Where(language => language != Language.English), language => Assert.Empty(
            language.Keys.Where(key => language[key] == Language.English[key]).Except(shared, StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("de", "fr", "de")]
    [InlineData("de-AT", null, "de")]
    [InlineData("FR-ca", null, "fr")]
    [InlineData("es-419", null, "es")]
    [InlineData("nl", "it", "it")]
    [InlineData(null, "da, fr-CH;q=0.9, de;q=0.95", "de")]
    [InlineData(null, "ja;q=0, it;q=0.1", "it")]
    [InlineData(null, "da", "en")]
    [InlineData(null, "*", "en")]
    [InlineData(null, "\u0000;;q=x, ,", "en")]
    [InlineData(null, null, "en")]
    public void The_sessions_locale_comes_first_and_the_browsers_language_second(string? locale, string? acceptLanguage, string expected) =>
        Assert.Equal(expected, Language.Of(locale, acceptLanguage).Tag);

    [Theory]
    [InlineData("en", 9998, "usd", "$99.98")]
    [InlineData("en", 123456789, "eur", "€1,234,567.89")]
    [InlineData("en", 1200, "chf", "CHF\u00a012.00")]
    [InlineData("en", 500, "jpy", "¥500")]
    [InlineData("en", 12340, "kwd", "KWD\u00a012.340")]
    [InlineData("en", -500, "eur", "-€5.00")]
    [InlineData("de", 123456, "eur", "1.234,56\u00a0€")]
    [InlineData("de", 500, "jpy", "500\u00a0¥")]
    [InlineData("fr", 123456, "eur", "1\u202f234,56\u00a0€")]
    [InlineData("fr", 100, "usd", "1,00\u00a0$US")]
    [InlineData("es", 123456, "eur", "1234,56\u00a0€")]
    [InlineData("es", 1234567, "eur", "12.345,67\u00a0€")]
    [InlineData("it", 999999, "eur", "9999,99\u00a0€")]
    [InlineData("ja", 1500, "jpy", "￥1,500")]
    [InlineData("ja", 12340, "kwd", "KWD\u00a012.340")]
    public void Amounts_have_the_form_of_the_language(string tag, long amount, string currency, string expected) =>
        Assert.Equal(expected, Language.Of(tag, default).Money(amount, currency));

    [Fact]
    public void A_value_that_looks_like_a_placeholder_stays_as_it_is() =>
        Assert.Equal("Contact {seller}", Language.English.Fill("action.support", ("seller", "{seller}")));

    private static IEnumerable<string> Placeholders(string text) =>
        Placeholder().Matches(text).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
