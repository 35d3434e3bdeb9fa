using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>
/// What a name that an agent made up may hold. The buyer reads it on Stripe's page, beside the seller's own name: a text that says
/// something else than it seems to, or leads elsewhere, would be phishing with both names under it.
/// </summary>
internal static partial class ProductText
{
    // Join letters of scripts and of emoji; neither hides nor turns anything.
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>Completes "product_name must …", or null when the text may be shown.</summary>
    public static string? Refuse(string text, int maxLength, bool allowsLinks)
    {
        if (text.Length > maxLength)
        {
            return string.Create(CultureInfo.InvariantCulture, $"have at most {maxLength} characters; it has {text.Length}.");
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return "not be blank.";
        }

        if (text.EnumerateRunes().Any(IsHidden) || !IsWellFormed(text))
        {
            return "not hold control characters, marks that turn the writing direction, or other invisible characters.";
        }

        return !allowsLinks && Link().IsMatch(text)
            ? "not hold a link, a web address or an e-mail address: the buyer reads it on the payment page."
            : null;
    }

    // Bidirectional overrides and isolates are format characters: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner),
        _ => false,
    };

    // EnumerateRunes shows half a surrogate pair as U+FFFD.
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

    // https://x, www.x, x@y.z, pay.example.com; but neither ASP.NET nor Node.js.
    [GeneratedRegex(
        @"[a-z][a-z0-9+.\-]*://|\bwww\.|\bmailto:|[^\s@]+@[^\s@]+\.[^\s@]+|[\w\-]\.(com|org|info|biz|shop|site|online|store|link|click|xyz|top|app|dev|io|co|me|ly|ru|cn)(?!\w)|[\w\-]\.(net|eu|de|uk|fr)/",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Link();
}
