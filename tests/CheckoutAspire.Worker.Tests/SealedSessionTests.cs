using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Paid sessions that the ledger has lost, order and request: the seal in their metadata proves them. The sandbox plays Stripe.</summary>
public sealed class SealedSessionTests : WorkerTest
{
    private readonly StripeSide _stripe = new();
    private readonly RecordingHandler _handler = new("ship");

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_session_whose_lines_are_those_of_its_seal_is_fulfilled()
    {
        await using var worker = Start();
        var session = await _stripe.SellAndPayAsync();

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));

        await AwaitAsync(session.Id, OrderState.Fulfilled);
    }

    [Fact]
    public async Task A_session_with_the_seal_of_another_sale_of_the_same_amount_is_held()
    {
        await using var worker = Start();
        var session = await _stripe.SellAsync(change: options => (options.LineItems[0].Quantity, options.LineItems[0].PriceData.UnitAmount) = (1, 9998));
        await _stripe.ControlAsync($"sessions/{session.Id}/pay");

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));

        var order = await AwaitAsync(session.Id, OrderState.NeedsReview);
        Assert.Equal("the session names this installation, which has no record of selling it", order.Reason);
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task A_session_that_an_earlier_version_sealed_is_fulfilled()
    {
        await using var worker = Start();
        var session = await _stripe.SellAsync(change: options =>
            options.Metadata[CheckoutMetadata.Seal] = StripeEvents.FirstSeal("ref_1", "", 9998, "usd"));
        await _stripe.ControlAsync($"sessions/{session.Id}/pay");

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));

        await AwaitAsync(session.Id, OrderState.Fulfilled);
    }

    [Fact]
    public async Task While_Stripe_fails_a_sealed_session_is_neither_fulfilled_nor_held_and_later_it_is_fulfilled()
    {
        await using var worker = Start();
        var session = await _stripe.SellAndPayAsync();
        var path = $"/v1/checkout/sessions/{session.Id}/line_items";
        await _stripe.AddFaultAsync(new { kind = "server_error", path, count = 1000 });

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));
        await Eventually.GetAsync(() => Task.FromResult(worker.Warnings.Count), count => count > 0, Canceled);
        Assert.Null(await Ledger.Orders.FindAsync(session.Id));

        await _stripe.ClearFaultsAsync();
        await AwaitAsync(session.Id, OrderState.Fulfilled);
    }

    private ConsumerHost Start() => new(Redis.ConnectionString, _stripe.Address, _handler);
}
