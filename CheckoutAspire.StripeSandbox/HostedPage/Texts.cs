using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using CheckoutAspire.McpApi.Localization;
using CheckoutAspire.StripeSandbox.Objects;
using Microsoft.Net.Http.Headers;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>
/// The language of a page. The English text is the key of the other languages' files (<c>Assets/de.json</c>), so that a text without a translation
/// is shown in English. Messages of a bank and names that the merchant chose are not translated.
/// </summary>
internal sealed class Texts
{
    private static readonly FrozenDictionary<string, Texts> s_languages = new[]
    {
        new Texts("en"),
        new Texts("de"),
        new Texts("es"),
        new Texts("fr"),
        new Texts("it"),
        new Texts("ja"),
    }.ToFrozenDictionary(texts => texts.Language, StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, string> _translations;
    private readonly MoneyFormat _money;

    private Texts(string language)
    {
        (Language, _money) = (language, MoneyFormat.Of(language));
        Json = Assets.Find($"{language}.json") ?? "{}";
        _translations = JsonSerializer.Deserialize<Dictionary<string, string>>(Json)!.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public static Texts English => s_languages["en"];

    /// <summary>The code of the language, for example <c>de</c>.</summary>
    public string Language { get; }

    /// <summary>The translations as JSON, for the page's script.</summary>
    public string Json { get; }

    /// <summary>The translation of an English text.</summary>
    public string this[string english] => _translations.GetValueOrDefault(english, english);

    /// <summary>The language of a session's page: the session's locale, or the buyer's browser if it is absent or <c>auto</c>.</summary>
    public static Texts Of(Session? session, string? acceptLanguage) =>
        session?.Locale is { } locale and not "auto" ? Find(locale) ?? English
        : StringWithQualityHeaderValue.TryParseList([acceptLanguage ?? ""], out var accepted)
            ? accepted.OrderByDescending(each => each.Quality ?? 1).Select(each => Find(each.Value.Value ?? "")).FirstOrDefault(texts => texts is not null) ?? English
            : English;

    /// <summary>The translation of an English text with values: <c>Pay {0}</c>.</summary>
    public string Format(string english, params object?[] values) => string.Format(CultureInfo.InvariantCulture, this[english], values);

    /// <summary>An amount: <c>$49.99</c>, <c>49,99 €</c>, <c>¥500</c>.</summary>
    public string Money(long amount, string currency) => _money.Write(amount, currency, new Currency(currency).Digits);

    /// <summary>Fills a template, in which <c>{{_Email}}</c> is a text in this language.</summary>
    public string Fill(string template, params ReadOnlySpan<(string Name, string Value)> values) => Assets.Fill(this, template, values);

    private static Texts? Find(string locale) => s_languages.GetValueOrDefault(locale.Split('-')[0]);
}
