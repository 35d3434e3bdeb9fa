using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Values;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CheckoutAspire.McpApi.Localization;

/// <summary>A language of the buyer's pages and of the MCP App: its texts, from the embedded <c>Texts/de.json</c>, and its form of amounts.</summary>
internal sealed partial class Language
{
    private static readonly FrozenDictionary<string, Language> s_byTag =
        ((string[])["en", "de", "fr", "es", "it", "ja"]).Select(Read).ToFrozenDictionary(language => language.Tag, StringComparer.OrdinalIgnoreCase);

    private static readonly JsonSerializerOptions s_unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FrozenDictionary<string, string> _texts;
    private readonly MoneyFormat _money;

    private Language(string tag, FrozenDictionary<string, string> texts) => (Tag, _texts, _money) = (tag, texts, MoneyFormat.Of(tag));

    /// <summary>The language of buyers whose own is not known.</summary>
    public static Language English { get; } = s_byTag["en"];

    /// <summary>Every language.</summary>
    public static IEnumerable<Language> All => s_byTag.Values;

    /// <summary>The BCP 47 tag, for example <c>de</c>.</summary>
    public string Tag { get; }

    /// <summary>The names of the texts.</summary>
    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>A text, for example <c>label.total</c>.</summary>
    public string this[string key] => _texts[key];

    /// <summary>The language of a session: that of its locale, such as <c>fr-CA</c>, else the one that the browser prefers.</summary>
    public static Language Of(string? locale, StringValues acceptLanguage) => Find(locale) ?? Preferred(acceptLanguage) ?? English;

    /// <summary>All texts of all languages as JSON for a script element: <c>{"en":{"label.total":"Total"}}</c>.</summary>
    public static string ToScriptJson() => new JsonObject(
            All.OrderBy(language => language.Tag, StringComparer.Ordinal).Select(language => KeyValuePair.Create(
                language.Tag,
                (JsonNode?)new JsonObject(language._texts.OrderBy(text => text.Key, StringComparer.Ordinal)
                    .Select(text => KeyValuePair.Create(text.Key, (JsonNode?)text.Value))))))
        .ToJsonString(s_unescaped)
        .Replace("<", "\\u003c", StringComparison.Ordinal);

    /// <summary>A text with its placeholders filled: <c>The seller refunded {amount}.</c></summary>
    public string Fill(string key, params (string Name, string Value)[] values) =>
        // One pass, so that a value that looks like a placeholder is not replaced.
        Placeholder().Replace(_texts[key], match => values.First(value => value.Name == match.Groups[1].Value).Value);

    /// <summary>An amount in the currency's smallest unit as this language writes it.</summary>
    public string Money(long amount, string currency) => _money.Write(amount, currency, Currency.Find(currency)?.Decimals ?? 2);

    private static Language? Find(string? locale) => locale is null ? null : s_byTag.GetValueOrDefault(locale.Split('-', 2)[0]);

    private static Language? Preferred(StringValues acceptLanguage) =>
        StringWithQualityHeaderValue.TryParseList(acceptLanguage, out var accepted)
            ? accepted.Where(range => range.Quality is not 0)
                .OrderByDescending(range => range.Quality ?? 1)
                .Select(range => Find(range.Value.Value))
                .FirstOrDefault(language => language is not null)
            : null;

    private static Language Read(string tag)
    {
        using var stream = typeof(Language).Assembly.GetManifestResourceStream(tag + ".json")
            ?? throw new InvalidOperationException($"{tag}.json is not embedded.");
        return new Language(tag, JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.ToFrozenDictionary(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();
}
