using System.Globalization;
using System.Text;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Sandbox;

/// <summary>Rate, latency and memory of the sandbox.</summary>
internal static class SandboxReport
{
    public static string Write(BenchOptions options, SandboxFigures figures, string loadBefore)
    {
        var text = new StringBuilder();
        Append(text, $"{MachineFacts.Processor}; {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC; load average {loadBefore} before, {MachineFacts.LoadAverage} after; ");
        Append(text, $"load generator, receiver and sandbox on the same cores; {options.SandboxRate:N0} sessions/s requested, **{figures.PerSecond:F0} sessions/s** created and paid, ");
        Append(text, $"{figures.Delivered:N0} webhooks delivered, {figures.CpuPerThousand:F2} CPU s/1,000 sessions.\n\n");

        var latency = new MarkdownTable("", "p50 ms", "p95 ms", "p99 ms");
        latency.Add("create", Text($"{figures.Create.P50:F1}"), Text($"{figures.Create.P95:F1}"), Text($"{figures.Create.P99:F1}"));
        latency.Add("pay, until the receiver gets the event", Text($"{figures.Pay.P50:F1}"), Text($"{figures.Pay.P95:F1}"), Text($"{figures.Pay.P99:F1}"));
        text.Append(latency).Append('\n');

        var memory = new MarkdownTable("minute", "RSS MB", "journal MB", "sessions");
        foreach (var sample in figures.Samples)
        {
            memory.Add(Text($"{sample.At:mm\\:ss}"), Text($"{sample.Megabytes:F0}"), Text($"{sample.DiskMegabytes:F0}"), Text($"{sample.Sold:N0}"));
        }

        return text.Append(memory).ToString();
    }

    private static void Append(StringBuilder text, FormattableString line) => text.Append(Text(line));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
