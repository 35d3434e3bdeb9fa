using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>What operators ask for, as a real worker does it.</summary>
public sealed class OperatorRepairTests : WorkerTest
{
    private HandlerLedger Handlers => new(Redis.Connection);

    private OperatorLedger Operators => new(Redis.Connection, Ledger.Partitions, Ledger.Orders);

    [Fact]
    public async Task Orders_wait_for_a_handler_that_an_operator_has_paused_until_it_is_resumed()
    {
        var handler = new RecordingHandler("ship");
        Assert.True(await Handlers.PauseAsync("ship", "Ann: stocktaking"));
        var id = LedgerKit.NewSessionId();
        await Ledger.SellAsync(id);
        await DeliverAsync(id);

        // The event is there when the worker starts: the worker must know the pause before it reads it.
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: handler);
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Retry, 1e15), parked => parked == 1, Canceled);
        Assert.Equal(Retry.Paused, await Operators.RetryAsync(id, "Bob: now"));
        Assert.Empty(handler.Orders);

        Assert.True(await Handlers.ResumeAsync("ship", "Ann: done"));
        var order = await AwaitAsync(id, OrderState.Fulfilled);

        Assert.Single(handler.Orders);
        Assert.Equal(("ship", true), (Assert.Single(order.Attempts).Handler, order.Attempts[0].Succeeded));
        Assert.Equal(Retry.NotWaiting, await Operators.RetryAsync(id, "Bob: now"));
    }

    [Fact]
    public async Task An_order_is_tried_now_instead_of_when_its_retry_is_due()
    {
        var handler = new RecordingHandler("ship", (_, call, _) => call == 1 ? throw new InvalidOperationException() : Task.CompletedTask);
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:RetryDelay", "04:00:00")], handlers: handler);
        var id = LedgerKit.NewSessionId();
        await Ledger.SellAsync(id);
        await DeliverAsync(id);
        await Eventually.GetAsync(() => Ledger.Orders.FindAsync(id), order => order?.Timeline[^1].What == "postponed", Canceled);

        Assert.Equal(Retry.Retried, await Operators.RetryAsync(id, "Ann: the merchant is back"));
        var order = await AwaitAsync(id, OrderState.Fulfilled);

        Assert.Contains(order.Timeline, step => step is { What: "retried", Detail: "Ann: the merchant is back" });
        Assert.Equal([false, true], order.Attempts.Select(attempt => attempt.Succeeded));
        Assert.Equal((0, 0), (await Redis.Database.SortedSetLengthAsync(Partition.Retry), await Redis.Database.StreamLengthAsync(Partition.Events)));
    }

    [Fact]
    public async Task An_order_whose_event_never_came_is_fulfilled_when_an_operator_has_it_compared_with_Stripe()
    {
        await using var stripe = new StripeSide();
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address);

        // The next pass is five minutes away.
        await AwaitFirstPassAsync();
        var session = await stripe.SellAndPayAsync();
        await Ledger.SellAsync(session.Id);
        await Operators.RereadAsync(session.Id, "Ann: the buyer has paid");

        var order = await Eventually.GetAsync(
            () => Ledger.Orders.FindAsync(session.Id), found => found is { State: OrderState.Fulfilled } && found.Timeline.Any(step => step.What == "compared"), Canceled);
        Assert.Equal("Ann: the buyer has paid", order!.Timeline.Single(step => step.What == "reread").Detail);
        Assert.Equal($"Stripe also reports checkout.session.completed ({session.Id})", order.Timeline.Single(step => step.What == "compared").Detail);

        await stripe.ControlAsync($"sessions/{session.Id}/refund");
        await Operators.RereadAsync(session.Id, "Ann: once more");
        await Eventually.GetAsync(() => Ledger.Orders.FindAsync(session.Id), found => found!.AmountRefunded == 9998, Canceled);
    }

    [Fact]
    public async Task A_call_that_succeeds_does_not_resume_what_an_operator_has_paused()
    {
        await Handlers.FailAsync("ship", "cs_1", "HTTP 503", new PauseRule(10, 3, TimeSpan.Zero, TimeSpan.Zero), isProbe: false);
        Assert.True(await Handlers.PauseAsync("ship", "Ann: stocktaking"));
        Assert.False(await Handlers.PauseAsync("ship", "Bob: me too"));

        Assert.False(await Handlers.SucceedAsync("ship"));
        Assert.False(await Handlers.TryProbeAsync("ship", TimeSpan.FromSeconds(1)));

        var state = await Handlers.FindAsync("ship");
        Assert.Equal((0, "Ann: stocktaking"), (state.Failures, state.PausedBy));
        Assert.NotNull(state.PausedAt);
        Assert.True(await Handlers.ResumeAsync("ship", "Ann: done"));
        Assert.False(await Handlers.ResumeAsync("ship", "Ann: done"));
        Assert.Equal([("resumed", "Ann: done"), ("paused", "Ann: stocktaking")], (await Handlers.FindAsync("ship")).Changes.Select(change => (change.What, change.Detail)));
    }

    [Fact]
    public async Task The_success_that_resumes_a_handler_is_told_from_the_successes_after_it()
    {
        await Handlers.FailAsync("ship", "cs_1", "HTTP 503", new PauseRule(1, 1, TimeSpan.Zero, TimeSpan.Zero), isProbe: false);

        Assert.True(await Handlers.SucceedAsync("ship"));
        Assert.False(await Handlers.SucceedAsync("ship"));
    }

    [Fact]
    public async Task A_handler_that_its_own_failures_have_paused_is_resumed_by_an_operator()
    {
        await Handlers.FailAsync("ship", "cs_1", "HTTP 503", new PauseRule(1, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)), isProbe: false);
        Assert.NotNull((await Handlers.FindAsync("ship")).PausedAt);

        Assert.True(await Handlers.ResumeAsync("ship", "Ann: repaired"));

        var state = await Handlers.FindAsync("ship");
        Assert.Equal((0, null, null), (state.Failures, state.PausedAt, state.ProbeAt));
    }
}
