using System.Globalization;
using System.Text;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Soak;

/// <summary>Memory over time, and its growth.</summary>
internal static class SoakReport
{
    private const int Rows = 20;

    public static string Write(TimeSpan duration, BenchOptions options, IReadOnlyList<MemorySample> samples, string loadBefore)
    {
        var text = new StringBuilder();
        Append(text, $"{MachineFacts.Processor}; {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC; load average {loadBefore} before, {MachineFacts.LoadAverage} after; ");
        Append(text, $"{options.Rate:N0} events/s for {duration.TotalMinutes:0.#} minutes, {samples[^1].Events:N0} orders fulfilled.\n\n");

        // The first third is the start: code is compiled, heaps find their size.
        var third = samples.Count / 3;
        Append(text, $"Median memory of the middle third → the last third of the run: receiver {Growth(samples, third, sample => sample.Receiver)}, ");
        Append(text, $"worker {Growth(samples, third, sample => sample.Worker)}. Redis stores every order, so its memory grows.\n\n");

        var table = new MarkdownTable("minute", "receiver MB", "worker MB", "Redis MB", "events");
        foreach (var sample in samples.Where((_, index) => index % Math.Max(1, samples.Count / Rows) == 0 || index == samples.Count - 1))
        {
            table.Add(
                Text($"{sample.At:mm\\:ss}"), Text($"{sample.Receiver:F0}"), Text($"{sample.Worker:F0}"), Text($"{sample.Redis:F0}"), Text($"{sample.Events:N0}"));
        }

        return text.Append(table).ToString();
    }

    private static string Growth(IReadOnlyList<MemorySample> samples, int third, Func<MemorySample, double> of)
    {
        var middle = Stats.Median(samples.Skip(third).Take(Math.Max(third, 1)).Select(of));
        var last = Stats.Median(samples.TakeLast(Math.Max(third, 1)).Select(of));
        return Text($"{middle:F0} → {last:F0} MB ({(last / middle) - 1:+0.0 %;-0.0 %;0.0 %})");
    }

    private static void Append(StringBuilder text, FormattableString line) => text.Append(Text(line));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
