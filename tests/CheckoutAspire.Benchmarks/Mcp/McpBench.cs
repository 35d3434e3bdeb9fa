using System.Diagnostics;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;
using CheckoutAspire.Benchmarks.Worker;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Mcp;

/// <summary>
/// The time that the MCP API adds to Stripe's own when it sells, measured call by call with the official client, and the cost of many
/// simultaneous waiters. Stripe's time is a proxy's, from the call's arrival to its answer's end: the way there and back counts as ours.
/// </summary>
internal static class McpBench
{
    public const int Waiters = 500;

    public static async Task<McpFigures> RunAsync(BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        var rounds = new List<McpFigures>();
        for (var round = 0; round < options.Rounds; round++)
        {
            rounds.Add(await RunRoundAsync(options, fsync, cancellationToken));
            var (added, told) = (rounds[^1].Added, rounds[^1].Told);
            Progress.Say($"mcp, {fsync}, round {round + 1}: added p50 {added.P50:F2} ms, p99 {added.P99:F2} ms; told p50 {told.P50:F1} ms, p99 {told.P99:F1} ms");
        }

        return McpFigures.MedianOf(rounds);
    }

    private static async Task<McpFigures> RunRoundAsync(BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync(fsync);
        await using var sandbox = await Services.StartSandboxAsync(redis, cancellationToken);
        await using var stripe = await StripeProxy.StartAsync(sandbox.Address);
        await using var api = await Services.StartMcpApiAsync(redis, stripe.Address, cancellationToken);
        await using var client = await McpClient.CreateAsync(
            new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(api.Address, "/mcp"), TransportMode = HttpTransportMode.StreamableHttp }),
            cancellationToken: cancellationToken);

        var warm = Stopwatch.StartNew();
        while (warm.Elapsed < options.WarmUp)
        {
            await SellAsync(client, cancellationToken);
        }

        var (added, calls) = (new List<double>(), new List<double>());
        for (var call = 0; call < options.Calls; call++)
        {
            var begun = Stopwatch.GetTimestamp();
            await SellAsync(client, cancellationToken);
            var took = Stopwatch.GetElapsedTime(begun);
            calls.Add(took.TotalMilliseconds);
            added.Add((took - stripe.LastCall).TotalMilliseconds);
        }

        var (told, stripeCalls, subscriptions) = await WaitAsync(redis, stripe, client, cancellationToken);
        return new McpFigures(Percentiles.Of(added), Percentiles.Of(calls), Percentiles.Of(told), stripeCalls, subscriptions);
    }

    private static async Task<(IReadOnlyList<double> Told, int StripeCalls, int Subscriptions)> WaitAsync(
        RedisServer redis, StripeProxy stripe, McpClient client, CancellationToken cancellationToken)
    {
        var sessions = new List<string>();
        for (var waiter = 0; waiter < Waiters; waiter++)
        {
            sessions.Add(await SellAsync(client, cancellationToken));
        }

        var before = stripe.Calls;
        var waiting = new Counter();
        var answers = sessions.Select(id => WaitAsync(client, id, waiting, cancellationToken)).ToArray();
        await Eventually.GetAsync(
            () => Task.FromResult(waiting.Count >= Waiters || answers.Any(answer => answer.IsCompleted)), isReady => isReady, cancellationToken);

        var subscribers = (RedisResult[])(await redis.Database.ExecuteAsync("PUBSUB", "NUMSUB", Backlog.Partitions.All[0].Changes.ToString()))!;
        var transitions = new OrderTransitions(redis.Connection, Backlog.Partitions);
        var moments = await Task.WhenAll(sessions.Select(async id =>
        {
            await transitions.ApplyAsync(Paid(id), RedisValue.EmptyString, livemode: false, TimeSpan.Zero);
            return Stopwatch.GetTimestamp();
        }));
        var answered = await Task.WhenAll(answers);
        return (
            [.. answered.Zip(moments, (answer, moment) => Math.Max(Stopwatch.GetElapsedTime(moment, answer).TotalMilliseconds, 0))],
            stripe.Calls - before,
            (int)subscribers[1]);
    }

    private static async Task<long> WaitAsync(McpClient client, string sessionId, Counter waiting, CancellationToken cancellationToken)
    {
        var result = await client.CallToolAsync(
            "wait_for_payment",
            new Dictionary<string, object?> { ["session_id"] = sessionId, ["timeout_seconds"] = 120 },
            waiting.ForOne(),
            cancellationToken: cancellationToken);
        var answered = Stopwatch.GetTimestamp();
        return Read(result, "order_state") == "fulfilled"
            ? answered
            : throw new InvalidOperationException("wait_for_payment answered before the order was fulfilled.");
    }

    private static async Task<string> SellAsync(McpClient client, CancellationToken cancellationToken)
    {
        var result = await client.CallToolAsync(
            "initiate_checkout",
            new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["idempotency_key"] = Guid.NewGuid().ToString() },
            cancellationToken: cancellationToken);
        return Read(result, "session_id");
    }

    private static string Read(CallToolResult result, string name) => result.IsError is not true && result.StructuredContent is { } content
        ? content.GetProperty(name).GetString()!
        : throw new InvalidOperationException("The MCP API refused: " + string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)));

    private static CheckoutFact Paid(string sessionId) => new()
    {
        SessionId = sessionId,
        Fact = PaymentStatusChange.Paid,
        Origin = SaleOrigin.Proven,
        PaymentStatus = "paid",
        AmountSubtotal = 4999,
        AmountTotal = 4999,
        Currency = "usd",
        Livemode = false,
        PaymentIntent = "pi_" + sessionId,
        CreatedAt = TimeProvider.System.GetUtcNow(),
        AsOf = TimeProvider.System.GetUtcNow().AddHours(1),
    };

    /// <summary>Counts the calls whose first progress notification has arrived: these calls are waiting.</summary>
    private sealed class Counter
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IProgress<ModelContextProtocol.ProgressNotificationValue> ForOne() => new First(this);

        private sealed class First(Counter counter) : IProgress<ModelContextProtocol.ProgressNotificationValue>
        {
            private int _told;

            public void Report(ModelContextProtocol.ProgressNotificationValue value)
            {
                if (Interlocked.Exchange(ref _told, 1) == 0)
                {
                    Interlocked.Increment(ref counter._count);
                }
            }
        }
    }
}
