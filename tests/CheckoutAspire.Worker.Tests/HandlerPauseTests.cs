using System.Collections.Concurrent;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>While the merchant is down, orders wait; they use up no attempts, and go on by themselves.</summary>
public sealed class HandlerPauseTests : WorkerTest
{
    // A merchant who is down for scaled days: without the pause, five attempts would end in dead letters within a second.
    private static readonly (string, string)[] s_settings =
        [("Worker:MaxAttempts", "5"), ("Worker:RetryDelay", "00:00:00.2"), ("Worker:MaxRetryDelay", "00:00:00.4"), ("Worker:PauseAfter", "4")];

    [Fact]
    public async Task A_handler_that_fails_for_one_order_after_another_pauses_and_resumes_by_itself()
    {
        var (down, calls) = (true, new ConcurrentQueue<string>());
        var handler = new RecordingHandler("ship", (order, _, _) =>
        {
            calls.Enqueue(order.Id);
            return down ? throw new HttpRequestException("down", null, System.Net.HttpStatusCode.BadGateway) : Task.CompletedTask;
        });
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: s_settings, handlers: handler);
        var sold = await SellPaidAsync(30);

        var state = await Eventually.GetAsync(StateAsync, found => found.PausedAt is not null, Canceled);
        Assert.Equal("The handler ship failed (HTTP 502).", state.NewestFailures[0].Reason);
        Assert.InRange(state.NewestFailures.Count, 4, 10);
        await Eventually.GetAsync(ParkedAsync, parked => parked == 30, Canceled);
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()),
            lines => lines.Any(line => line.StartsWith("The handler ship is paused after 4 failures in a row", StringComparison.Ordinal)),
            Canceled);

        // What is paid during the pause is recorded as paid, and waits without a call.
        var late = (await SellPaidAsync(1))[0];
        var order = await AwaitAsync(late, OrderState.Claimed);
        await Eventually.GetAsync(ParkedAsync, parked => parked == 31, Canceled);
        order = (await Ledger.Orders.FindAsync(late))!;
        Assert.Equal(OrderPayment.Paid, order.Payment);
        if (!calls.Contains(late))
        {
            Assert.Equal(("It waits for the handler ship, which is paused.", 0), (order.Reason, order.Called.Count));
        }

        // One probe at a time, and each with another order. Each would come after twice the time of the one before.
        var before = calls.Count;
        await Eventually.GetAsync(
            async () =>
            {
                await Redis.Database.HashSetAsync("co:ledger:handler:ship", "probes", 0);
                return calls.Count;
            },
            count => count >= before + 3,
            Canceled);
        var probes = calls.Skip(before).Take(3).ToArray();
        Assert.Equal(probes.Distinct().Count(), probes.Length);

        down = false;
        foreach (var id in sold.Append(late))
        {
            order = await AwaitAsync(id, OrderState.Fulfilled);
            Assert.Equal((1, null), (order.Fulfillments, order.Reason));
        }

        Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()), lines => lines.Any(line => line.StartsWith("The handler ship resumes", StringComparison.Ordinal)), Canceled);
        Assert.Null((await Eventually.GetAsync(StateAsync, found => found.Failures == 0, Canceled)).PausedAt);
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task One_order_that_always_fails_pauses_nothing_and_ends_in_the_dead_letters()
    {
        string? bad = null;
        var handler = new RecordingHandler("ship", (order, _, _) => order.Id == bad ? throw new InvalidOperationException() : Task.CompletedTask);
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: s_settings, handlers: handler);
        bad = LedgerKit.NewSessionId();
        await Ledger.SellAsync(bad);
        await DeliverAsync(bad);

        await AwaitDeadLetterAsync();
        var good = (await SellPaidAsync(1))[0];

        await AwaitAsync(good, OrderState.Fulfilled);
        Assert.Equal(5, handler.Orders.Count(order => order.Id == bad));
        Assert.DoesNotContain(worker.Warnings, line => line.Contains("is paused", StringComparison.Ordinal));
    }

    [Fact]
    public void With_the_default_delays_retries_span_three_days()
    {
        var options = new WorkerOptions();

        var span = Enumerable.Range(1, options.MaxAttempts - 1).Sum(attempt => options.DelayAfter(attempt).TotalHours);

        Assert.InRange(span, 60, 110);
    }

    private Task<HandlerState> StateAsync() => new HandlerLedger(Redis.Connection).FindAsync("ship");

    private Task<long> ParkedAsync() => Redis.Database.SortedSetLengthAsync(Partition.Retry, 1e15);

    private async Task<IReadOnlyList<string>> SellPaidAsync(int count)
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Ledger.SellAsync()));
        await Task.WhenAll(sold.Select(order => DeliverAsync(order.SessionId, HandledEvents.CheckoutCompleted)));
        return [.. sold.Select(order => order.SessionId)];
    }
}
