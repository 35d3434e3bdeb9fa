using CheckoutAspire.Benchmarks.Machine;

namespace CheckoutAspire.Benchmarks.Report;

/// <summary>docs/benchmarks.md: a run replaces its own section, between two comments, and leaves the rest as it is.</summary>
internal static class Document
{
    public static void Replace(string section, string content)
    {
        var path = Path.GetFullPath(Layout.Document);
        var text = File.ReadAllText(path);
        var (begin, end) = ($"<!-- {section}: written by ./bench -->", $"<!-- /{section} -->");
        var from = text.IndexOf(begin, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        if (from < 0 || to < from)
        {
            throw new InvalidOperationException($"{path} has no section '{section}'.");
        }

        File.WriteAllText(path, $"{text[..from]}{begin}\n\n{content.Trim()}\n\n{text[to..]}");
        Progress.Say($"Written to docs/benchmarks.md");
    }
}
