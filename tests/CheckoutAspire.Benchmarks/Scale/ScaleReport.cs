using System.Globalization;
using System.Text;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Scale;

/// <summary>What many orders cost, with the targets.</summary>
internal static class ScaleReport
{
    private const int HotTarget = 1_300;
    private const int ArchivedTarget = 12;

    public static async Task<string> WriteAsync(BenchOptions options, ScaleFigures figures, string loadBefore)
    {
        var text = new StringBuilder();
        Append(text, $"{MachineFacts.Processor}, {MachineFacts.Memory}; {await MachineFacts.VersionOfAsync("redis-server")}; {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC; ");
        Append(text, $"load average {loadBefore} before, {MachineFacts.LoadAverage} after; {options.Orders:N0} orders.\n\n");

        var bytes = new MarkdownTable("", "target", "measured");
        bytes.Add("bytes of Redis's memory for an order", Text($"≤ {HotTarget:N0}"), Text($"{figures.HotBytes:N0}"));
        bytes.Add("bytes of Redis's memory for an archived order", Text($"≤ {ArchivedTarget}"), Text($"{figures.ArchivedBytes:F1}"));
        bytes.Add("the same with five times as many", Text($"≤ {ArchivedTarget}"), Text($"{figures.ManyArchivedBytes:F1}"));
        bytes.Add("bytes of the archive's SQLite file for an order", "", Text($"{figures.FileBytes:N0}"));
        bytes.Add("orders that one worker moves to the archive in a second", "", Text($"{figures.ArchivedPerSecond:N0}"));
        bytes.Add("seconds until Redis has started with the orders", "", Text($"{figures.HotStart.TotalSeconds:F1}"));
        bytes.Add("seconds until Redis has started with their tombstones", "", Text($"{figures.ArchivedStart.TotalSeconds:F1}"));
        text.Append(bytes).Append('\n');

        var times = new MarkdownTable("orders in Redis", "in the archive", "µs for an event", "µs for one of an order that Redis does not know");
        foreach (var time in figures.Times)
        {
            times.Add(Text($"{time.InRedis:N0}"), Text($"{time.Archived:N0}"), Text($"{time.Recorded:F1}"), Text($"{time.Unrecorded:F1}"));
        }

        text.Append(times).Append('\n');

        var idle = new MarkdownTable("partitions", "commands a second of an idle worker");
        foreach (var (partitions, perSecond) in figures.Idle)
        {
            idle.Add(Text($"{partitions}"), Text($"{perSecond:F1}"));
        }

        return text.Append(idle).ToString();
    }

    private static void Append(StringBuilder text, FormattableString line) => text.Append(Text(line));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
