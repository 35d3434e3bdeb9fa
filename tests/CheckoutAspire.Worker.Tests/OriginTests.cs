using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Whether a session is ours is decided before its event is validated.</summary>
public sealed class OriginTests : WorkerTest
{
    private readonly RecordingHandler _handler = new("ship");

    [Fact]
    public async Task Another_integration_s_setup_session_is_counted_and_not_a_dead_letter()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        using var outcomes = new Outcomes(worker);

        await Ledger.AppendAsync("cs_test_setup", StripeEvents.Checkout("cs_test_setup", source: "other", change: root =>
        {
            var session = root["data"]!["object"]!;
            (session["mode"], session["currency"], session["amount_subtotal"], session["amount_total"]) = ("setup", null, null, null);
        }));

        await AwaitDrainedAsync();
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Count), count => count == 1, Canceled);
        Assert.Equal("foreign", Assert.Single(outcomes));
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
    }

    [Fact]
    public async Task A_session_that_was_never_sold_here_is_held_and_never_fulfilled()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        var id = LedgerKit.NewSessionId();

        await Ledger.AppendAsync(id, StripeEvents.Checkout(id, sealSale: false));

        var order = await AwaitAsync(id, OrderState.NeedsReview);
        Assert.Equal(OrderPayment.Paid, order.Payment);
        Assert.Equal("the session names this installation, which has no record of selling it", order.Reason);
        await AwaitDrainedAsync();
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task A_time_that_is_out_of_range_is_one_dead_letter_at_once_with_the_API_version()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        var id = LedgerKit.NewSessionId();

        await Ledger.AppendAsync(id, StripeEvents.Checkout(id, change: root => root["data"]!["object"]!["created"] = long.MaxValue));

        var dead = await AwaitDeadLetterAsync();
        Assert.Equal(("A time of the event is out of range. API version: 2026-10-28.endive.", 1), (dead["reason"].ToString(), (int)dead["attempts"]));
        await AwaitDrainedAsync();
    }
}
