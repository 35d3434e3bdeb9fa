using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Redis fails while an order's handlers run: the entry goes on when Redis answers again, whatever the lease, and nothing is counted against it.</summary>
public sealed class RedisTroubleTests : WorkerTest
{
    private static readonly (string, string)[] s_settings = [("Worker:Lease", "01:00:00"), ("Worker:MaxCrashes", "1"), ("Worker:MaxAttempts", "1")];

    [Fact]
    public Task Redis_refuses_to_write() => FulfillAsync(
        fail: () => Redis.Database.ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "1"),
        "(NOREPLICAS)",
        meanwhile: () => Task.CompletedTask,
        repair: () => Redis.Database.ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "0"));

    /// <summary>Redis executes nothing that writes, and connections break until the commit of the fulfillment is lost with one.</summary>
    [Fact]
    public Task Connections_break_before_Redis_has_answered() => FulfillAsync(
        fail: () => Redis.Database.ExecuteAsync("CLIENT", "PAUSE", "600000", "WRITE"),
        "(RedisConnectionException)",
        meanwhile: () => Redis.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
        repair: () => Redis.Database.ExecuteAsync("CLIENT", "UNPAUSE"));

    private async Task FulfillAsync(Func<Task> fail, string failure, Func<Task> meanwhile, Func<Task> repair)
    {
        var handler = new RecordingHandler("ship", (_, call, _) => call == 1 ? fail() : Task.CompletedTask);
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: s_settings, handlers: handler);
        var sold = await Ledger.SellAsync();
        var entry = (await DeliverAsync(sold.SessionId)).ToString();
        await Eventually.GetAsync(() => Task.FromResult(handler.Orders.Count), calls => calls == 1, Canceled);

        await Eventually.GetAsync(
            async () =>
            {
                await meanwhile();
                return worker.Warnings.ToArray();
            },
            lines => lines.Any(line => line.Contains(entry, StringComparison.Ordinal) && line.Contains(failure, StringComparison.Ordinal)),
            Canceled);
        await repair();

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal([1, 2], handler.Orders.Select(order => order.Fence));
        Assert.Single(handler.Orders.Select(order => order.IdempotencyKey).Distinct());
        Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
        await AwaitDrainedAsync();
    }
}
