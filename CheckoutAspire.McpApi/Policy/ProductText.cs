using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>
/// The rules for a product name that an agent writes. The buyer reads it on Stripe's page together with the seller's name, so a text that displays
/// differently from its content, or that links elsewhere, could be used for phishing in the names of both.
/// </summary>
internal static partial class ProductText
{
    // These join letters in some scripts and in emoji. They hide nothing and do not change the writing direction.
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>Completes "product_name must …" for a text that is not allowed; null for one that is.</summary>
    public static string? Validate(string text, int maxLength, bool allowsLinks)
    {
        if (text.Length > maxLength)
        {
            return string.Create(CultureInfo.InvariantCulture, $"have at most {maxLength} characters, but has {text.Length}.");
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return "not be blank.";
        }

        if (text.EnumerateRunes().Any(IsHidden) || !IsWellFormed(text))
        {
            return "not contain control characters, characters that change the writing direction, or other invisible characters.";
        }

        return !allowsLinks && Link().IsMatch(text)
            ? "not contain a link, a web address or an e-mail address, because the buyer reads it on the payment page."
            : null;
    }

    // Bidirectional overrides and isolates are format characters: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner),
        _ => false,
    };

    // EnumerateRunes returns U+FFFD for an unpaired surrogate.
    private static bool IsWellFormed(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsSurrogate(text[index]) && !(index + 1 < text.Length && char.IsSurrogatePair(text[index], text[++index])))
            {
                return false;
            }
        }

        return true;
    }

    // Matches https://x, www.x, x@y.z and pay.example.com, but not ASP.NET or Node.js.
    [GeneratedRegex(
        @"[a-z][a-z0-9+.\-]*://|\bwww\.|\bmailto:|[^\s@]+@[^\s@]+\.[^\s@]+|[\w\-]\.(com|org|info|biz|shop|site|online|store|link|click|xyz|top|app|dev|io|co|me|ly|ru|cn)(?!\w)|[\w\-]\.(net|eu|de|uk|fr)/",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Link();
}
