using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>What a caller's text is for, which decides how strict its rules are.</summary>
internal enum TextUse
{
    /// <summary>Text that programs and people read, such as a value of the metadata.</summary>
    Data,

    /// <summary>An id, which no other id may look like.</summary>
    Reference,

    /// <summary>Text that buyers read on the payment page together with the seller's name.</summary>
    Label,
}

/// <summary>
/// The rules for every text that a caller writes, whichever tool or protocol it comes through. A text is rejected with a sentence, or stored and returned
/// exactly as it was given: it is judged by its form NFKC and never changed.
/// </summary>
internal static class CallerText
{
    // A row of blanks moves the rest of a name out of sight.
    private const int MaxBlanks = 3;

    /// <summary>Completes "product_name must …" for a text that is not allowed; null for one that is.</summary>
    public static string? Validate(string text, TextUse use, bool allowsLinks = false)
    {
        if (VisibleText.Problem(text) is { } problem)
        {
            return problem;
        }

        var folded = Nfkc.Fold(text);
        if (TextScripts.AreMixed(folded))
        {
            return "not mix letters of two alphabets that look alike in one word, such as Latin and Cyrillic.";
        }

        return use switch
        {
            TextUse.Reference when folded != text || text.Any(IsSeparateAccent) =>
                "be in Unicode's form NFKC, without full-width or styled characters and without separate accents.",
            TextUse.Label when HasBlanks(folded) => $"not have more than {MaxBlanks} spaces in a row.",
            TextUse.Label when !allowsLinks && TextLinks.AreIn(folded) =>
                "not contain a link, a web address or an e-mail address, because the buyer reads it on the payment page. If it is not one, put a space after the dot.",
            _ => null,
        };
    }

    private static bool IsSeparateAccent(char character) => character is >= '\u0300' and <= '\u036F';

    private static bool HasBlanks(string text)
    {
        var blanks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            blanks = Rune.IsWhiteSpace(rune) ? blanks + 1 : 0;
            if (blanks > MaxBlanks)
            {
                return true;
            }
        }

        return false;
    }
}
