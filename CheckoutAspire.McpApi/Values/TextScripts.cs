using System.Globalization;
using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>
/// Finds words with letters of two scripts that look alike, such as a Cyrillic <c>а</c> in <c>Pаypal</c>
/// (<see href="https://www.unicode.org/reports/tr39/#Restriction_Level_Detection">UTS #39</see>). Words of Japanese, Korean and Chinese, and Latin letters
/// in a word of any other script, mix nothing that looks alike.
/// </summary>
internal static class TextScripts
{
    // The letters of these scripts that people confuse with Latin ones. Micro and ohm signs, and a Greek Δ or π, stand next to Latin letters in names.
    private const string LatinLookingGreek = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺαγικνορτυχωϲϳ";

    private static readonly (int First, int Last, Script Script)[] s_scripts =
    [
        ('A', 'Z', Script.Latin), ('a', 'z', Script.Latin), (0x00C0, 0x00D6, Script.Latin), (0x00D8, 0x00F6, Script.Latin), (0x00F8, 0x02AF, Script.Latin),
        (0x1E00, 0x1EFF, Script.Latin), (0x2C60, 0x2C7F, Script.Latin), (0xA720, 0xA7FF, Script.Latin), (0xAB30, 0xAB6F, Script.Latin),
        (0x03E2, 0x03EF, Script.Coptic), (0x2C80, 0x2CFF, Script.Coptic),
        (0x0400, 0x052F, Script.Cyrillic), (0x1C80, 0x1C8F, Script.Cyrillic), (0xA640, 0xA69F, Script.Cyrillic),
        (0x0530, 0x058F, Script.Armenian), (0x13A0, 0x13FF, Script.Cherokee), (0xAB70, 0xABBF, Script.Cherokee), (0xA4D0, 0xA4FF, Script.Lisu),
        (0x1400, 0x167F, Script.CanadianAboriginal), (0x2D30, 0x2D7F, Script.Tifinagh), (0x10300, 0x1032F, Script.OldItalic), (0x10400, 0x1044F, Script.Deseret),
    ];

    private enum Script
    {
        Other,
        Latin,
        Greek,
        Cyrillic,
        Armenian,
        Cherokee,
        Lisu,
        Coptic,
        CanadianAboriginal,
        Tifinagh,
        OldItalic,
        Deseret,
    }

    /// <summary>Whether a word of a text in form NFKC has letters of two such scripts.</summary>
    public static bool AreMixed(string text)
    {
        var word = Script.Other;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetterOrDigit(rune))
            {
                // A mark belongs to the letter before it.
                word = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark ? word : Script.Other;
                continue;
            }

            var script = ScriptOf(rune);
            if (script is not Script.Other && word is not Script.Other && script != word)
            {
                return true;
            }

            word = script is Script.Other ? word : script;
        }

        return false;
    }

    private static Script ScriptOf(Rune rune) => rune.IsBmp && LatinLookingGreek.Contains((char)rune.Value, StringComparison.Ordinal)
        ? Script.Greek
        : Array.Find(s_scripts, range => rune.Value >= range.First && rune.Value <= range.Last).Script;
}
