using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class FulfillmentTests : WorkerTest
{
    private static readonly (string, string)[] s_longLease = [("Worker:Lease", "01:00:00")];

    [Fact]
    public async Task A_handler_gets_the_paid_order_with_its_key_and_fence_before_it_is_fulfilled()
    {
        OrderState? during = null;
        var handler = new RecordingHandler("ship", async (order, _, _) => during = (await Ledger.Orders.FindAsync(order.Id))!.State);
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: handler);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        var order = Assert.Single(handler.Orders);
        Assert.Equal(OrderState.Claimed, during);
        Assert.Equal(
            (sold.SessionId, "fulfill/" + sold.SessionId, 1, 9998, "usd", "mug", "ref_" + sold.SessionId),
            (order.Id, order.IdempotencyKey, order.Fence, order.AmountTotal, order.Currency, order.ProductId, order.OrderRef));
    }

    [Fact]
    public async Task Copies_of_an_event_run_a_handler_once()
    {
        var handler = new RecordingHandler("ship");
        await using var first = new WorkerHost(Redis.ConnectionString, handlers: handler);
        await using var second = new WorkerHost(Redis.ConnectionString, handlers: handler);
        var sold = await Ledger.SellAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => DeliverAsync(sold.SessionId)));

        await AwaitDrainedAsync();
        Assert.Equal(1, (await AwaitAsync(sold.SessionId, OrderState.Fulfilled)).Fulfillments);
        Assert.Single(handler.Orders);
    }

    [Fact]
    public async Task A_handler_that_fails_is_tried_again_with_the_same_key_and_a_higher_fence()
    {
        var handler = new RecordingHandler("ship", (_, call, _) => call < 3 ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: handler);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        var order = await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal([1, 2, 3], handler.Orders.Select(attempt => attempt.Fence));
        Assert.Single(handler.Orders.Select(attempt => attempt.IdempotencyKey).Distinct());
        Assert.Equal(2, order.Timeline.Count(step => step.What == "postponed"));
        Assert.DoesNotContain(order.Timeline, step => step.Detail.Contains("not now", StringComparison.Ordinal));
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task A_retry_skips_the_handlers_that_are_done()
    {
        var first = new RecordingHandler("first");
        var second = new RecordingHandler("second", (_, call, _) => call == 1 ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        var third = new RecordingHandler("third");
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: [first, second, third]);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal((1, 2, 1), (first.Orders.Count, second.Orders.Count, third.Orders.Count));
    }

    [Fact]
    public async Task A_copy_of_the_event_while_a_retry_is_due_does_not_run_the_handler_early()
    {
        var handler = new RecordingHandler("ship", (_, _, _) => throw new InvalidOperationException("never"));
        await using var worker = new WorkerHost(
            Redis.ConnectionString, settings: [("Worker:RetryDelay", "00:10:00"), ("Worker:MaxRetryDelay", "00:10:00")], handlers: handler);
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Retry), length => length == 1, Canceled);

        await DeliverAsync(sold.SessionId);

        await Eventually.GetAsync(() => Redis.Database.StreamLengthAsync(Partition.Events), length => length == 0, Canceled);
        Assert.Single(handler.Orders);
        Assert.Equal(1, await Redis.Database.SortedSetLengthAsync(Partition.Retry));
    }

    [Fact]
    public async Task After_the_last_attempt_the_event_is_dead_with_its_reason_and_the_order_still_owed()
    {
        var handler = new RecordingHandler("ship", (_, _, _) => throw new InvalidOperationException("secret detail"));
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:MaxAttempts", "3")], handlers: handler);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        var dead = await AwaitDeadLetterAsync();
        Assert.Equal((3, "The handler ship failed (InvalidOperationException)."), ((int)dead["attempts"], dead["reason"].ToString()));
        Assert.Equal(3, handler.Orders.Count);
        Assert.Equal(
            [
                "The handler ship failed for {0} (InvalidOperationException), attempt 1 of 3.",
                "The handler ship failed for {0} (InvalidOperationException), attempt 2 of 3.",
                "The handler ship failed for {0} (InvalidOperationException), attempt 3 of 3.",
                "{0} went to the dead letters after 3 attempts: the handler ship failed (InvalidOperationException).",
            ],
            (await Eventually.GetAsync(() => Task.FromResult(worker.Warnings.ToArray()), lines => lines.Length == 4, Canceled))
                .Select(line => line.Replace(sold.SessionId, "{0}", StringComparison.Ordinal)));
        Assert.NotNull(await Redis.Database.SortedSetScoreAsync(Partition.Owed, sold.SessionId));
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task A_worker_that_stops_releases_its_entry_without_waiting_for_the_lease()
    {
        var started = new TaskCompletionSource();
        var blocked = new RecordingHandler("ship", async (_, _, canceled) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, canceled);
        });
        var next = new RecordingHandler("ship");
        var sold = await Ledger.SellAsync();
        await using (new WorkerHost(Redis.ConnectionString, settings: s_longLease, handlers: blocked))
        {
            await DeliverAsync(sold.SessionId);
            await started.Task.WaitAsync(TimeSpan.FromMinutes(1), Canceled);
        }

        await using var second = new WorkerHost(Redis.ConnectionString, settings: s_longLease, handlers: next);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal(2, Assert.Single(next.Orders).Fence);
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task A_worker_that_stops_lets_a_handler_finish_within_its_grace()
    {
        var started = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        var handler = new RecordingHandler("ship", async (_, _, _) =>
        {
            started.TrySetResult();
            await finish.Task;
        });
        var sold = await Ledger.SellAsync();
        var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:StopGrace", "00:01:00")], handlers: handler);
        await DeliverAsync(sold.SessionId);
        await started.Task.WaitAsync(TimeSpan.FromMinutes(1), Canceled);

        var stopping = worker.DisposeAsync();
        finish.SetResult();
        await stopping;

        Assert.Equal(OrderState.Fulfilled, (await Ledger.Orders.FindAsync(sold.SessionId))!.State);
        Assert.Empty(await Redis.Database.StreamConsumerInfoAsync(Partition.Events, EventStream.Group));
    }

    [Fact]
    public async Task While_a_handler_takes_longer_than_its_lease_no_other_worker_runs_it()
    {
        var finish = new TaskCompletionSource();
        var handler = new RecordingHandler("ship", (_, _, _) => finish.Task);
        await using var first = new WorkerHost(Redis.ConnectionString, settings: [("Worker:Lease", "00:00:01")], handlers: handler);
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitAsync(sold.SessionId, OrderState.Claimed);
        var claimed = await LeaseEndAsync();
        await using var second = new WorkerHost(Redis.ConnectionString, settings: [("Worker:Lease", "00:00:05")], handlers: handler);

        // The lease was renewed until the second worker would have taken an abandoned order over, which is after six seconds: a machine may stall for less.
        await Eventually.GetAsync(LeaseEndAsync, end => end > claimed + 7500, Canceled);
        finish.SetResult();

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Single(handler.Orders);

        async Task<long> LeaseEndAsync() => (long)await Redis.Database.HashGetAsync(Partition.Order(sold.SessionId), "lease_until");
    }
}
