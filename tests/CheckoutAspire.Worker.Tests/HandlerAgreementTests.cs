using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>All workers of a ledger run the same handlers, and an order says which of them may have been called.</summary>
public sealed class HandlerAgreementTests : WorkerTest
{
    [Fact]
    public async Task A_worker_with_other_handlers_than_the_ledger_s_refuses_to_start()
    {
        await using (new WorkerHost(Redis.ConnectionString, handlers: [new RecordingHandler("ship"), new RecordingHandler("mail")]))
        {
            await AwaitStampAsync("mail,ship");
        }

        var (exitCode, error) = await ServiceProcess.RunToEndAsync(
            "CheckoutAspire.Worker",
            new Dictionary<string, string> { ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox, ["STRIPE_API_BASE"] = "http://127.0.0.1:1", ["ConnectionStrings__redis"] = Redis.ConnectionString },
            Canceled);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "The fulfillment handlers of this worker (none) differ from those of this ledger (mail,ship): give every worker the same handlers, or stop all "
            + "workers and start them with Worker__ReplacesHandlers=mail,ship.",
            error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("mail,ship")]
    public async Task An_operator_replaces_the_handlers_by_naming_those_before(string before)
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", before == "none" ? "" : before);
        var handler = new RecordingHandler("ship");

        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:ReplacesHandlers", before)], handlers: handler);

        await AwaitStampAsync("ship");
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Single(handler.Orders);
    }

    [Fact]
    public async Task An_order_that_was_claimed_with_a_handler_is_not_fulfilled_without_it()
    {
        var sold = await Ledger.SellAsync();
        var shipping = new OrderTransitions(Redis.Connection, Ledger.Partitions, handlers: new(["mail", "ship"]));
        await shipping.ApplyAsync(LedgerKit.Fact(sold.SessionId), "1-1", livemode: false, TimeSpan.FromMilliseconds(1));
        var mailing = new RecordingHandler("mail");
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: mailing);

        await DeliverAsync(sold.SessionId);

        var order = await AwaitAsync(sold.SessionId, OrderState.NeedsReview);
        Assert.Equal("claimed with ship, which this worker does not run, after a call of mail", order.Reason);
        Assert.Empty(mailing.Orders);
    }

    [Fact]
    public async Task A_hold_that_arrives_during_a_call_shows_which_handlers_were_called_and_which_are_done()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = new RecordingHandler("mail");
        var second = new RecordingHandler("ship", async (_, _, _) =>
        {
            started.SetResult();
            await finish.Task;
        });
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: [first, second]);
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await started.Task.WaitAsync(TimeSpan.FromMinutes(1), Canceled);
        Assert.Equal(["mail", "ship"], (await Ledger.Orders.FindAsync(sold.SessionId))!.Called);

        await Ledger.Transitions.RecordReturnAsync(sold.SessionId, "1-1", LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));

        var held = await AwaitAsync(sold.SessionId, OrderState.NeedsReview);
        Assert.Equal("disputed before it was fulfilled, after a call of mail, ship", held.Reason);
        finish.SetResult();
        await Eventually.GetAsync(async () => (await Ledger.Orders.FindAsync(sold.SessionId))!.Done.Order().ToArray(), done => done is ["mail", "ship"], Canceled);
        Assert.Equal(OrderState.NeedsReview, (await Ledger.Orders.FindAsync(sold.SessionId))!.State);
    }

    private Task AwaitStampAsync(string handlers) => Eventually.GetAsync(
        async () => (string?)await Redis.Database.HashGetAsync("co:ledger", "handlers"), stamp => stamp == handlers, Canceled);
}
