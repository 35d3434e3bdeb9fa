using System.Globalization;
using System.Text;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Mcp;

namespace CheckoutAspire.Benchmarks.Report;

/// <summary>The tables: the same in the terminal and in docs/benchmarks.md.</summary>
internal static class BenchReport
{
    public static async Task<string> WriteAsync(BenchOptions options, IReadOnlyList<Figures> figures, string loadBefore)
    {
        var text = new StringBuilder();
        Append(text, $"{MachineFacts.Processor}, {MachineFacts.Memory}; {MachineFacts.System}; {MachineFacts.Runtime}; ");
        Append(text, $"{await MachineFacts.VersionOfAsync("redis-server")}; Node {await MachineFacts.VersionOfAsync(Layout.Node)}.\n");
        Append(text, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC; load average {loadBefore} before, {MachineFacts.LoadAverage} after; ");
        Append(text, $"medians of {options.Rounds} rounds.\n\n");
        if (figures.FirstOrDefault(figure => figure.Fsync == "everysec") is { } everysec)
        {
            text.Append(Targets.Write(everysec));
        }

        foreach (var figure in figures)
        {
            AppendReceivers(text, figure);
            AppendWorkers(text, figure, options);
            AppendLatency(text, figure, options);
            AppendMcp(text, figure, options);
        }

        return text.ToString();
    }

    private static void AppendReceivers(StringBuilder text, Figures figures)
    {
        if (figures.Receivers is not { } receivers)
        {
            return;
        }

        Append(text, $"### Receiver, `appendfsync {figures.Fsync}`\n\n");
        var table = new MarkdownTable(
            "", "events/s", "slowest–fastest", "ours ÷ this", "p50 ms", "p95 ms", "p99 ms", "CPU s/1,000", "Redis CPU s/1,000", "RSS MB");
        foreach (var receiver in receivers)
        {
            table.Add(
                receiver.Name, Text($"{receiver.PerSecond:N0}"), Text($"{receiver.Range.Min:N0}–{receiver.Range.Max:N0}"),
                Text($"{receivers[0].PerSecond / receiver.PerSecond:F2}×"),
                Text($"{receiver.Latency.P50:F2}"), Text($"{receiver.Latency.P95:F2}"), Text($"{receiver.Latency.P99:F2}"),
                Text($"{receiver.CpuPerThousand:F3}"), Text($"{receiver.RedisCpuPerThousand:F3}"), Text($"{receiver.ResidentMegabytes:F0}"));
        }

        text.Append(table).Append('\n');
    }

    private static void AppendWorkers(StringBuilder text, Figures figures, BenchOptions options)
    {
        if (figures.Workers is not { } workers)
        {
            return;
        }

        Append(text, $"### Worker, backlog of {options.Backlog:N0} events, `appendfsync {figures.Fsync}`\n\n");
        var table = new MarkdownTable(
            "", "orders/s", "slowest–fastest", "ours ÷ this", "seconds", "CPU s/1,000", "Redis CPU s/1,000", "RSS MB");
        foreach (var worker in workers)
        {
            table.Add(
                worker.Name, Text($"{worker.PerSecond:N0}"), Text($"{worker.Range.Min:N0}–{worker.Range.Max:N0}"),
                Text($"{workers[0].PerSecond / worker.PerSecond:F2}×"), Text($"{worker.Seconds:F1}"),
                Text($"{worker.CpuPerThousand:F3}"), Text($"{worker.RedisCpuPerThousand:F3}"), Text($"{worker.ResidentMegabytes:F0}"));
        }

        text.Append(table).Append('\n');
    }

    private static void AppendLatency(StringBuilder text, Figures figures, BenchOptions options)
    {
        if (figures.Latency is { } latency)
        {
            Append(text, $"### From 200 to fulfilled at {options.Rate:N0} events/s, `appendfsync {figures.Fsync}`\n\n");
            var table = new MarkdownTable("", "p50 ms", "p95 ms", "p99 ms");
            table.Add("200 to fulfilled", Text($"{latency.P50:F1}"), Text($"{latency.P95:F1}"), Text($"{latency.P99:F1}"));
            text.Append(table).Append('\n');
        }
    }

    private static void AppendMcp(StringBuilder text, Figures figures, BenchOptions options)
    {
        if (figures.Mcp is { } mcp)
        {
            Append(text, $"### MCP API, `appendfsync {figures.Fsync}`\n\n");
            var table = new MarkdownTable("", "p50 ms", "p95 ms", "p99 ms");
            Row(Text($"initiate_checkout without its Stripe call, {options.Calls:N0} calls"), mcp.Added);
            Row("initiate_checkout with its Stripe call", mcp.Call);
            Row(Text($"fulfilled to response, {McpBench.Waiters} concurrent wait_for_payment calls"), mcp.Told);
            text.Append(table).Append('\n');
            Append(text, $"During the wait, calls to Stripe: {mcp.StripeCalls}; subscriptions in Redis: {mcp.Subscriptions}.\n\n");

            void Row(string name, Percentiles of) => table.Add(name, Text($"{of.P50:F2}"), Text($"{of.P95:F2}"), Text($"{of.P99:F2}"));
        }
    }

    private static void Append(StringBuilder text, FormattableString line) => text.Append(Text(line));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
