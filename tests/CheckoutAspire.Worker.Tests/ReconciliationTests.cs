using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class ReconciliationTests : WorkerTest
{
    private readonly StripeSide _stripe = new();
    private readonly RecordingHandler _handler = new("ship");

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_session_whose_event_never_came_is_fulfilled_once()
    {
        await using var worker = Start();
        var session = await _stripe.SellAndPayAsync();

        var order = await AwaitAsync(session.Id, OrderState.Fulfilled);

        Assert.Equal((1, 9998, "usd", "ref_1", "mug"), (order.Fulfillments, order.AmountTotal, order.Currency, order.OrderRef, order.ProductId));
        Assert.Single(_handler.Orders);
    }

    [Fact]
    public async Task An_expiry_whose_event_never_came_is_found()
    {
        await using var worker = Start();
        var session = await _stripe.SellAsync();
        await Ledger.SellAsync(session.Id);

        await _stripe.ExpireAsync(session.Id);

        await AwaitAsync(session.Id, OrderState.Expired);
    }

    [Fact]
    public async Task Another_deployments_session_is_left_alone()
    {
        await using var worker = Start();
        var foreign = await _stripe.SellAndPayAsync("another");
        var ours = await _stripe.SellAndPayAsync();

        await AwaitAsync(ours.Id, OrderState.Fulfilled);

        Assert.Null(await Ledger.Orders.FindAsync(foreign.Id));
    }

    [Fact]
    public async Task A_fulfilled_session_is_witnessed_at_Stripe()
    {
        await using var worker = Start();
        var session = await _stripe.SellAndPayAsync();
        var order = await AwaitAsync(session.Id, OrderState.Fulfilled);

        var witnessed = await Eventually.GetAsync(
            () => _stripe.GetAsync(session.Id), found => found.Metadata.ContainsKey(CheckoutMetadata.FulfilledAt), Canceled);

        Assert.Equal(order.FulfilledAt, DateTimeOffset.Parse(witnessed.Metadata[CheckoutMetadata.FulfilledAt], null));
        Assert.Equal("mcp_server", witnessed.Metadata[CheckoutMetadata.Source]);
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Outbox), length => length == 0, Canceled);
        Assert.Equal(session.Id, await Ledger.Outbox.FindSessionAsync(session.PaymentIntentId));
    }

    [Fact]
    public async Task After_a_loss_of_the_ledger_what_was_witnessed_is_fulfilled_and_not_again()
    {
        var session = await _stripe.SellAndPayAsync(more: new() { [CheckoutMetadata.FulfilledAt] = "2026-11-23T08:00:00.0000000+00:00" });
        await BeginLedgerLaterAsync();

        await using var worker = Start();

        var order = await AwaitAsync(session.Id, OrderState.Fulfilled);
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()),
            lines => lines.Contains($"{session.Id} was paid before this ledger was created; an earlier ledger has been lost. Restored as fulfilled."),
            Canceled);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero), order.FulfilledAt);
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task After_a_loss_of_the_ledger_what_was_paid_and_not_witnessed_needs_review()
    {
        var session = await _stripe.SellAndPayAsync();
        await BeginLedgerLaterAsync();

        await using var worker = Start();

        var order = await AwaitAsync(session.Id, OrderState.NeedsReview);
        Assert.Equal((0, 9998, "usd", "paid"), (order.Fulfillments, order.AmountSubtotal, order.Currency, order.PaymentStatus));
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task A_late_event_of_a_session_older_than_the_ledger_asks_the_witness_too()
    {
        var session = await _stripe.SellAndPayAsync();
        await BeginLedgerLaterAsync();
        await using var worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00")], _handler);

        await DeliverAsync(session.Id);

        await AwaitAsync(session.Id, OrderState.NeedsReview);
        Assert.Empty(_handler.Orders);
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task While_Stripe_does_not_answer_such_an_event_waits()
    {
        await BeginLedgerLaterAsync();
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:RetryDelay", "00:10:00")], handlers: _handler);
        var id = LedgerKit.NewSessionId();

        await DeliverAsync(id);

        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Retry), length => length == 1, Canceled);
        Assert.Null(await Ledger.Orders.FindAsync(id));
        Assert.Empty(_handler.Orders);
    }

    /// <summary>Simulates a lost ledger: the current one begins after the sessions were paid.</summary>
    private Task BeginLedgerLaterAsync() =>
        Redis.Database.StringSetAsync(Partition.Epoch, TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds());

    private WorkerHost Start() => new(Redis.ConnectionString, _stripe.Address, [("Worker:ReconcileInterval", "00:00:01")], _handler);
}
