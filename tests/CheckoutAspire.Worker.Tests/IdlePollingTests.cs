using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

[Trait("loop", "long")]
public sealed class IdlePollingTests : WorkerTest
{
    [Fact]
    public async Task An_idle_worker_sends_about_as_many_commands_for_256_partitions_as_for_one()
    {
        var rates = new List<double>();
        await MeasureAsync(1, rate =>
        {
            // The start is over when two windows in a row are alike.
            rates.Add(rate);
            return rates.Count > 1 && rate > rates[^2] * 0.7;
        });
        var one = rates[^2..].Min();

        // After a stall of the machine, the looks at many partitions that are due come all at once.
        var many = await MeasureAsync(256, rate => rate <= one * 3);

        TestContext.Current.SendDiagnosticMessage($"Commands for each report of a worker: {one:0.0} with 1 partition, {many:0.0} with 256.");
        Assert.InRange(many, 1, one * 3);
    }

    [Fact]
    public async Task What_a_dead_worker_left_in_one_of_many_partitions_is_taken_over_soon()
    {
        var ledger = new LedgerKit(Redis.Connection, partitions: 64);
        var sold = (await ledger.SellAsync()).SessionId;
        var partition = ledger.Partitions.Of(sold);
        await ledger.Events.EnsureGroupAsync(partition);
        await ledger.AppendAsync(sold, StripeEvents.Checkout(sold));
        await ledger.Events.ReadNewAsync(partition, "dead", 1);
        await ledger.Events.BeatAsync("dead", TimeSpan.FromSeconds(1));

        // A poll of each partition alone would come after 64 seconds.
        await using var worker = new WorkerHost(
            Redis.ConnectionString, settings: [("Orders:Partitions", "64"), ("Worker:PollInterval", "00:00:01"), ("Worker:Lease", "00:00:00.5")]);

        await Eventually.GetAsync(() => ledger.Orders.FindAsync(sold), order => order?.State is OrderState.Fulfilled, Canceled);
    }

    /// <summary>
    /// Commands that Redis executes between two reports of an idle worker, of which it makes ten a second, in the first window of fifteen reports that is what the
    /// caller waits for.
    /// </summary>
    private async Task<double> MeasureAsync(int partitions, Func<double, bool> condition)
    {
        await Redis.Connection.GetServers()[0].FlushAllDatabasesAsync();
        await using var worker = new WorkerHost(
            Redis.ConnectionString, settings: [("Orders:Partitions", partitions.ToString(CultureInfo.InvariantCulture)), ("Worker:ReconcileInterval", "1.00:00:00")]);
        var ledger = new LedgerKit(Redis.Connection, partitions);
        foreach (var partition in ledger.Partitions.All)
        {
            await Eventually.GetAsync(() => Redis.Database.KeyExistsAsync(partition.Clock), exists => exists, Canceled);
        }

        var before = await CountAsync();
        return await Eventually.GetAsync(
            async () =>
            {
                var after = await Eventually.GetAsync(CountAsync, count => count.Beats >= before.Beats + 15, Canceled);
                var rate = (double)(after.Commands - before.Commands) / (after.Beats - before.Beats);
                before = after;
                return rate;
            },
            condition,
            Canceled);
    }

    /// <summary>Reads the calls of scripts and commands, but not those inside scripts, and the worker's reports.</summary>
    private async Task<(long Commands, long Beats)> CountAsync() => (
        await Redis.CountCallsAsync("evalsha", "eval", "xreadgroup", "xinfo|consumers", "hget", "xlen"),
        await Redis.CountCallsAsync("zremrangebyscore"));
}
