using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CheckoutAspire.McpApi.Values;

/// <summary>
/// Finds links, web addresses and e-mail addresses by their structure: <c>scheme://</c>, <c>www.</c>, <c>name@host</c>, and labels with dots between them that
/// can be a host's name. A list of top-level domains would be out of date on the day it is written.
/// </summary>
internal static partial class TextLinks
{
    // Words that are written like the name of a host: a title or an abbreviation before a name, and well-known names of software.
    private static readonly FrozenSet<string> s_abbreviations = FrozenSet.Create(
        StringComparer.Ordinal, "Dr", "St", "Mr", "Mrs", "Ms", "Prof", "No", "Nr", "Vol", "Art", "Co", "Inc", "Ltd", "Gr", "Sr", "Jr", "Mt", "Ed");

    private static readonly FrozenSet<string> s_software =
        FrozenSet.Create(StringComparer.Ordinal, "ASP.NET", "ADO.NET", "VB.NET", "ML.NET", "Json.NET", "Paint.NET", "Lucene.NET");

    // Endings of files that are not top-level domains. Those that are both, such as zip, mov and py, are left out.
    private static readonly FrozenSet<string> s_files = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "js", "jsx", "ts", "tsx", "css", "html", "pdf", "epub", "txt", "csv", "docx", "xlsx", "jpg", "jpeg", "png", "gif", "svg",
        "wav", "flac", "exe", "dll", "stl", "dxf");

    /// <summary>Whether a text in form NFKC contains one.</summary>
    public static bool AreIn(string text)
    {
        var dotted = WithDots(text);
        return Address().IsMatch(dotted) || HasHost(dotted);
    }

    private static bool HasHost(string text)
    {
        foreach (var match in Labels().EnumerateMatches(text))
        {
            var end = match.Index + match.Length;
            if (IsHost(text.Substring(match.Index, match.Length).TrimEnd('.'), text[end - 1] == '.', end + 1 < text.Length && text[end] is '/' or ':' && text[end + 1] != ' '))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="name">Labels with dots between them.</param>
    /// <param name="endsWithDot">Whether a dot follows.</param>
    /// <param name="hasPath">Whether a path or a port follows.</param>
    private static bool IsHost(string name, bool endsWithDot, bool hasPath)
    {
        var labels = name.Split('.');
        var last = labels[^1];
        if (Array.Exists(labels, label => label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }

        // No top-level domain has one letter, or a digit (https://www.rfc-editor.org/rfc/rfc3696#section-2): U.S.A., v2.5, 3.5mm, 10.000.
        if (!last.EnumerateRunes().All(IsPartOfWord) || last.Length < 2)
        {
            return hasPath && labels.Length == 4 && Array.TrueForAll(labels, label => byte.TryParse(label, out _));
        }

        return !s_files.Contains(last) && (hasPath || !(s_software.Contains(name) || IsAbbreviated(labels, endsWithDot)));
    }

    // Dr.Martens, Co.KG; J.R.R.Tolkien, E.Leclerc; M.Sc., Dipl.Ing. with a final dot. A host is rarely written in capitals like these.
    private static bool IsAbbreviated(string[] labels, bool endsWithDot) => Array.TrueForAll(labels, label => char.IsUpper(label[0]))
        && ((labels.Length == 2 && s_abbreviations.Contains(labels[0]))
            || (labels[..^1].All(label => label.Length == 1) && labels[^1].Length >= 4 && !labels[^1].Skip(1).Any(char.IsUpper))
            || (endsWithDot && Array.TrueForAll(labels, label => label.Length <= 4)));

    private static bool IsPartOfWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark;

    /// <summary>
    /// Browsers read the ideographic full stop in an address as a dot (<see href="https://www.unicode.org/reports/tr46/"/>). Chinese and Japanese sentences end
    /// with it and have no space after it, so it counts as a dot only before small Latin letters, and between two words that are all Latin: EVIL。COM.
    /// </summary>
    private static string WithDots(string text) => IdeographicDot().Replace(text, ".");

    [GeneratedRegex(@"\u3002(?=[a-z])|(?<=(?:^|\s)[a-zA-Z0-9\-]+)\u3002(?=[a-zA-Z]{2,}(?:[/:\s]|$))", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex IdeographicDot();

    [GeneratedRegex(
        @"[a-z][a-z0-9+.\-]*://|\bwww\.\w|\b(mailto|tel|sms|javascript|vbscript):\S|[^\s@]@[^\s@.]+\.[^\s@]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Address();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}_\-]+(?:\.[\p{L}\p{M}\p{N}_\-]+)+\.?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Labels();
}
