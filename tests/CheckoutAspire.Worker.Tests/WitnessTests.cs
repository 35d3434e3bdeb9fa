using CheckoutAspire.Orders.Events;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class WitnessTests : WorkerTest
{
    private static readonly (string, string)[] s_settings =
        [("Worker:StripeRequestsPerSecond", "1000"), ("Worker:ReconcileInterval", "1.00:00:00"), ("Orders:Partitions", "2")];

    private StripeListStub _stripe = null!;
    private LedgerKit _partitioned = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync();
        _partitioned = new LedgerKit(Redis.Connection, partitions: 2);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Witnesses_are_written_in_parallel_and_no_partition_waits_for_another()
    {
        var (first, second) = (await FulfillAsync(0, 200), await FulfillAsync(1, 3));
        var (arrived, parallel) = (0, new TaskCompletionSource());
        _stripe.Accept = async _ =>
        {
            if (Interlocked.Increment(ref arrived) == 8)
            {
                parallel.SetResult();
            }

            await parallel.Task;
            return 200;
        };

        await using var worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, s_settings);

        var writes = await Eventually.GetAsync(() => Task.FromResult(_stripe.Writes.ToArray()), all => all.Length == 203, Canceled);
        var places = second.Select(id => Array.FindIndex(writes, path => path.EndsWith(id, StringComparison.Ordinal)));
        Assert.All(places, place => Assert.InRange(place, 0, 40));
        await AwaitOutboxAsync();
        Assert.Equal(203, writes.Distinct().Count());
        Assert.Equal(first[0], await _partitioned.Outbox.FindSessionAsync("pi_" + first[0]));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_witness_that_Stripe_refuses_is_reported_once_and_stops_nothing(int status)
    {
        var (refused, good) = ((await FulfillAsync(0, 1))[0], (await FulfillAsync(0, 1))[0]);
        _stripe.Accept = path => Task.FromResult(path.EndsWith(refused, StringComparison.Ordinal) ? status : 200);

        await using var worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, s_settings);

        await AwaitOutboxAsync();
        Assert.Single(_stripe.Writes, path => path.EndsWith(good, StringComparison.Ordinal));
        Assert.Single(_stripe.Writes, path => path.EndsWith(refused, StringComparison.Ordinal));
        var order = (await _partitioned.Orders.FindAsync(refused))!;
        Assert.Equal(("unwitnessed", $"{status} refused_by_test"), (order.Timeline[^1].What, order.Timeline[^1].Detail));
        Assert.Equal(
            $"Stripe refuses the witness of {refused} ({status} refused_by_test); the order has none, and it is not tried again.",
            Assert.Single(await AwaitWarningsAsync(worker, refused)));

        // Refunds find the order all the same.
        Assert.Equal(refused, await _partitioned.Outbox.FindSessionAsync("pi_" + refused));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(500)]
    public async Task A_witness_that_Stripe_may_accept_later_stays_in_the_outbox(int status)
    {
        var sold = (await FulfillAsync(0, 1))[0];
        _stripe.Accept = _ => Task.FromResult(status);

        await using var worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, s_settings);

        await AwaitWarningsAsync(worker, "is retried later");
        Assert.NotNull(await Redis.Database.SortedSetScoreAsync(_partitioned.Partitions.Of(sold).Outbox, sold));
    }

    private static async Task<IEnumerable<string>> AwaitWarningsAsync(WorkerHost worker, string about) => await Eventually.GetAsync(
        () => Task.FromResult(worker.Warnings.Where(line => line.Contains(about, StringComparison.Ordinal)).ToArray()), lines => lines.Length > 0, Canceled);

    private Task AwaitOutboxAsync() => Eventually.GetAsync(
        async () => (await Task.WhenAll(_partitioned.Partitions.All.Select(partition => Redis.Database.SortedSetLengthAsync(partition.Outbox)))).Sum(),
        left => left == 0,
        Canceled);

    /// <summary>Fulfilled orders of one partition.</summary>
    private async Task<IReadOnlyList<string>> FulfillAsync(int partition, int count)
    {
        string[] ids = [.. Enumerable.Repeat(0, int.MaxValue).Select(_ => LedgerKit.NewSessionId())
            .Where(id => _partitioned.Partitions.Of(id).Number == partition).Take(count)];
        await Task.WhenAll(ids.Select(async id =>
        {
            await _partitioned.SellAsync(id);
            await _partitioned.Transitions.ApplyAsync(
                LedgerKit.Fact(id), await _partitioned.AppendAsync(id, type: HandledEvents.CheckoutCompleted), livemode: false, TimeSpan.Zero);
        }));
        return ids;
    }
}
