using System.Text;

namespace CheckoutAspire.Operations.Finding;

/// <summary>
/// Lists as comma-separated values (<see href="https://www.rfc-editor.org/rfc/rfc4180"/>). A cell that a spreadsheet would take for a formula begins with an
/// apostrophe (<see href="https://owasp.org/www-community/attacks/CSV_Injection"/>).
/// </summary>
internal static class Csv
{
    /// <summary>A response that browsers store as a file.</summary>
    public static IResult File(string name, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows) =>
        TypedResults.File(Encoding.UTF8.GetBytes(Write(columns, rows)), "text/csv; charset=utf-8", name);

    /// <summary>The text of a list.</summary>
    public static string Write(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(columns))
        {
            text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Cell(string? value)
    {
        var text = value ?? "";
        text = text is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..] ? "'" + text : text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
