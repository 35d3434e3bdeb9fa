using System.Globalization;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>Draws the spans of one trace as an indented tree: name, service, duration.</summary>
internal static class SpanTree
{
    /// <remarks>A span whose parent never arrived stands as a root, so that nothing received is hidden.</remarks>
    public static IReadOnlyList<string> Render(IReadOnlyList<SpanRecord> spans)
    {
        var known = spans.Select(span => span.SpanId).ToHashSet(StringComparer.Ordinal);
        var children = spans.OrderBy(span => span.StartTime)
            .ToLookup(span => span.ParentSpanId is { } parent && known.Contains(parent) ? parent : "", StringComparer.Ordinal);
        var rows = new List<(string Label, SpanRecord Span)>();
        AddChildren("", depth: 0);
        var labelWidth = rows.Select(row => row.Label.Length).DefaultIfEmpty().Max();
        var serviceWidth = rows.Select(row => row.Span.ServiceName.Length).DefaultIfEmpty().Max();
        return
        [
            .. rows.Select(row =>
                $"{row.Label.PadRight(labelWidth)}  {row.Span.ServiceName.PadRight(serviceWidth)}  {Milliseconds(row.Span)}{Error(row.Span)}"),
        ];

        void AddChildren(string parent, int depth)
        {
            foreach (var span in children[parent])
            {
                rows.Add((new string(' ', depth * 2) + span.Name, span));
                AddChildren(span.SpanId, depth + 1);
            }
        }
    }

    private static string Milliseconds(SpanRecord span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.Duration.TotalMilliseconds,8:0.0} ms");

    private static string Error(SpanRecord span) => span.IsError ? "  error" : "";
}
