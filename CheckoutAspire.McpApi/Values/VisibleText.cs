using System.Globalization;
using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>
/// Whether people see every character of a text that a program or a model reads. What they do not see can carry instructions or make two names look
/// the same.
/// </summary>
internal static class VisibleText
{
    /// <summary>More marks on one letter than any language writes: Tibetan and Vietnamese need three, Hebrew with cantillation four.</summary>
    private const int MaxMarks = 4;

    private const string Control = "not contain line breaks, tabs or other control characters.";
    private const string Invisible = "not contain invisible characters, or characters that change the writing direction.";
    private const string Unassigned = "contain only characters that Unicode assigns, and no private or broken ones.";
    private const string Marks = "not put more than 4 accents or other marks on one letter.";

    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiVariation = 0xFE0F;
    private const int Keycap = 0x20E3;

    // Default_Ignorable_Code_Point of https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, and characters that fonts draw as
    // nothing although they are letters or symbols: braille blank, object replacement, fillers, a note without a head.
    private static readonly (int First, int Last)[] s_invisible =
    [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E),
        (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFC), (0x13430, 0x1345F),
        (0x16FE4, 0x16FE4), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    // Scripts whose letters take another form next to a joiner: Arabic, Syriac, N'Ko, Mandaic, those of India and Sri Lanka, Myanmar, Khmer, Mongolian.
    private static readonly (int First, int Last)[] s_joining =
        [(0x0600, 0x07FF), (0x0840, 0x08FF), (0x0900, 0x0DFF), (0x1000, 0x109F), (0x1780, 0x18AF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)];

    /// <summary>Completes "client_reference_id must …" for a text that hides something; null for one that does not.</summary>
    public static string? Problem(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !IsWellFormed(text))
        {
            return Unassigned;
        }

        var runes = text.EnumerateRunes().ToArray();
        var marks = 0;
        for (var index = 0; index < runes.Length; index++)
        {
            marks = IsMark(runes[index]) ? marks + 1 : 0;
            if ((marks > MaxMarks ? Marks : ProblemOf(runes, index)) is { } problem)
            {
                return problem;
            }
        }

        return Array.Exists(runes, IsInk) ? null : "not be blank.";
    }

    /// <summary>The text of a seller, of Stripe or of an earlier ledger without what <see cref="Problem"/> rejects. A line break becomes a space.</summary>
    public static string Of(string text)
    {
        if (Problem(text) is null)
        {
            return text;
        }

        // An unpaired surrogate becomes U+FFFD, which is visible.
        var runes = text.EnumerateRunes().ToArray();
        var visible = new StringBuilder(text.Length);
        var marks = 0;
        for (var index = 0; index < runes.Length; index++)
        {
            marks = IsMark(runes[index]) ? marks + 1 : 0;
            var problem = marks > MaxMarks ? Marks : ProblemOf(runes, index);
            if (problem is null or Control)
            {
                visible.Append(problem is null ? runes[index].ToString() : " ");
            }
        }

        var shown = visible.ToString().Trim();
        return shown.EnumerateRunes().Any(IsInk) ? shown : "";
    }

    private static string? ProblemOf(Rune[] runes, int index)
    {
        var rune = runes[index];
        if (rune.Value is >= ' ' and <= '~')
        {
            return null;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Control,
            UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned when !IsIn(s_invisible, rune) => Unassigned,
            UnicodeCategory.Format => IsJoiner(runes, index) ? null : Invisible,
            _ when IsIn(s_invisible, rune) => rune.Value == EmojiVariation && IsOfEmoji(runes, index) ? null : Invisible,
            _ => null,
        };
    }

    private static bool IsJoiner(Rune[] runes, int index) =>
        runes[index].Value is ZeroWidthJoiner or ZeroWidthNonJoiner
        && index > 0
        && (IsJoining(runes[index - 1])
            || (runes[index].Value == ZeroWidthJoiner
                && index + 1 < runes.Length
                && (IsEmoji(runes[index - 1]) || (runes[index - 1].Value == EmojiVariation && index > 1))
                && IsEmoji(runes[index + 1])));

    private static bool IsJoining(Rune rune) => IsIn(s_joining, rune) && (Rune.IsLetter(rune) || IsMark(rune));

    // 1, U+FE0F and U+20E3 are the key 1; any other emoji may be followed by U+FE0F alone.
    private static bool IsOfEmoji(Rune[] runes, int index) => index > 0 && (IsEmoji(runes[index - 1])
        || (runes[index - 1].Value is (>= '0' and <= '9') or '#' or '*' && index + 1 < runes.Length && runes[index + 1].Value == Keycap));

    // Symbols, skin tones and the few emoji of other categories: https://www.unicode.org/Public/UCD/latest/ucd/emoji/emoji-data.txt
    private static bool IsEmoji(Rune rune) => rune.Value is 0x203C or 0x2049 or 0x2139 or 0x3030 or 0x303D or (>= 0x1F3FB and <= 0x1F3FF)
        || (!rune.IsAscii && Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol);

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
        && rune.Value is not EmojiVariation;

    /// <summary>Whether a character is drawn by itself: no space, and no mark that needs a letter.</summary>
    private static bool IsInk(Rune rune) => !Rune.IsWhiteSpace(rune) && !IsMark(rune);

    private static bool IsIn((int First, int Last)[] ranges, Rune rune) =>
        Array.Exists(ranges, range => rune.Value >= range.First && rune.Value <= range.Last);

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
}
