using System.Globalization;
using CheckoutAspire.Benchmarks.Mcp;

namespace CheckoutAspire.Benchmarks.Report;

/// <summary>The product's performance targets, and whether the figures meet them. The ratios hold under everysec.</summary>
internal static class Targets
{
    public static string Write(Figures figures)
    {
        var table = new MarkdownTable("", "target", "measured", "");
        if (figures.Receivers is [var receiver, var floor, var textbook, _])
        {
            Ratio(table, "receiver ÷ floor, events/s", receiver.PerSecond / floor.PerSecond, 1);
            Ratio(table, "receiver ÷ textbook, events/s", receiver.PerSecond / textbook.PerSecond, 3);
        }

        if (figures.Workers is [var worker, var recording, var bull])
        {
            Ratio(table, "worker ÷ BullMQ, orders/s", worker.PerSecond / bull.PerSecond, 4);
            Ratio(table, "worker that records orders from their events ÷ BullMQ, orders/s", recording.PerSecond / bull.PerSecond, 1);
        }

        if (figures.Latency is { } latency)
        {
            Add(table, "200 to fulfilled, p99", "≤ 50 ms", Text($"{latency.P99:F1} ms"), latency.P99 <= 50);
        }

        if (figures.Mcp is { } mcp)
        {
            Add(table, "initiate_checkout without its Stripe call, p50", "≤ 3 ms", Text($"{mcp.Added.P50:F2} ms"), mcp.Added.P50 <= 3);
            Add(table, "initiate_checkout without its Stripe call, p99", "≤ 15 ms", Text($"{mcp.Added.P99:F2} ms"), mcp.Added.P99 <= 15);
            Add(table, Text($"Stripe calls during {McpBench.Waiters} concurrent wait_for_payment calls"), "0", Text($"{mcp.StripeCalls}"), mcp.StripeCalls == 0);
        }

        return table.IsEmpty ? "" : "Targets and results under `appendfsync everysec`:\n\n" + table + "\n";
    }

    private static void Ratio(MarkdownTable table, string name, double ratio, double promised) =>
        Add(table, name, Text($"≥ {promised:0.##}"), Text($"{ratio:F2}"), ratio >= promised);

    private static void Add(MarkdownTable table, string name, string promised, string measured, bool kept) =>
        table.Add(name, promised, measured, kept ? "met" : "missed");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
