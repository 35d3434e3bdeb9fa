using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

public sealed class EventConsumerTests : WorkerTest
{
    [Fact]
    public async Task A_paid_session_is_fulfilled()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        var order = await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal(1, order.Fulfillments);
        Assert.Equal(["created", "fulfilled"], order.Timeline.Select(step => step.What));
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task What_arrived_before_the_worker_first_ran_is_fulfilled_too()
    {
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);

        await using var worker = new WorkerHost(Redis.ConnectionString);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
    }

    [Fact]
    public async Task Fifty_copies_before_two_workers_fulfill_once()
    {
        await using var first = new WorkerHost(Redis.ConnectionString);
        await using var second = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => DeliverAsync(sold.SessionId)));

        await AwaitDrainedAsync();
        Assert.Equal(1, (await AwaitAsync(sold.SessionId, OrderState.Fulfilled)).Fulfillments);
        Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Journal), step => step["what"] == "fulfilled");
    }

    [Fact]
    public async Task A_completion_without_payment_waits_for_async_payment_succeeded()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId, paymentStatus: "unpaid");
        await AwaitAsync(sold.SessionId, OrderState.AwaitingPayment);

        await DeliverAsync(sold.SessionId, type: HandledEvents.AsyncPaymentSucceeded);
        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
    }

    [Theory]
    [InlineData(HandledEvents.CheckoutExpired, "unpaid", OrderState.Expired)]
    [InlineData(HandledEvents.AsyncPaymentFailed, "unpaid", OrderState.Failed)]
    [InlineData(HandledEvents.CheckoutCompleted, "no_payment_required", OrderState.Fulfilled)]
    [InlineData(HandledEvents.AsyncPaymentSucceeded, "unpaid", OrderState.AwaitingPayment)]
    public async Task The_event_and_its_payment_status_decide_the_state(string type, string paymentStatus, OrderState state)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId, type, paymentStatus);

        await AwaitAsync(sold.SessionId, state);
    }

    [Fact]
    public async Task A_payment_for_another_amount_needs_review_and_is_not_fulfilled()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await Ledger.AppendAsync(sold.SessionId, StripeEvents.Checkout(sold.SessionId, amountSubtotal: 1));

        Assert.Equal(0, (await AwaitAsync(sold.SessionId, OrderState.NeedsReview)).Fulfillments);
        await Eventually.GetAsync(
            () => Task.FromResult(string.Join('\n', worker.Warnings)),
            lines => lines == $"{sold.SessionId} needs review and is not fulfilled: amount_subtotal 9998 was sold, 1 was paid.",
            Canceled);
    }

    [Theory]
    [InlineData("another_app", "local")]
    [InlineData("mcp_server", "another_deployment")]
    public async Task Another_integrations_session_is_left_alone(string source, string deployment)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var foreign = LedgerKit.NewSessionId();

        await Ledger.AppendAsync(foreign, StripeEvents.Checkout(foreign, source: source, deployment: deployment));

        await AwaitDrainedAsync();
        Assert.Null(await Ledger.Orders.FindAsync(foreign));
        Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"id\":\"cs_1\",\"payment_status\":\"paid\"}}}")]
    public async Task A_poison_entry_goes_to_the_dead_letters_and_does_not_stop_those_behind_it(string poison)
    {
        var bad = LedgerKit.NewSessionId();
        var sold = await Ledger.SellAsync();
        await Ledger.AppendAsync(bad, poison);
        await DeliverAsync(sold.SessionId);

        await using var worker = new WorkerHost(Redis.ConnectionString);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        await AwaitDrainedAsync();
        var dead = Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Equal(poison, dead["body"].ToString());
        Assert.NotEmpty(dead["reason"].ToString());
    }

    [Fact]
    public async Task A_payment_status_that_Stripe_does_not_document_proves_nothing()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId, paymentStatus: "probably_paid");

        await AwaitDrainedAsync();
        Assert.Equal(OrderState.Created, (await Ledger.Orders.FindAsync(sold.SessionId))!.State);
        Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Dead));
    }

    [Fact]
    public async Task All_due_entries_return_in_one_round()
    {
        var orders = await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => Ledger.SellAsync()));
        await Ledger.Events.EnsureGroupAsync(Partition);
        await Task.WhenAll(orders.Select(order => DeliverAsync(order.SessionId)));
        foreach (var entry in await Ledger.Events.ReadNewAsync(Partition, "a-worker-that-failed", orders.Length))
        {
            await Ledger.Transitions.ScheduleRetryAsync(
                Partition, entry.Id, entry["object"].ToString(), fence: null, attempt: 1, allowed: 2, TimeSpan.Zero, "It failed.");
        }

        // Only its first check for due entries falls within the time that the test waits.
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:PollInterval", "00:01:00")]);

        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task After_a_flush_of_Redis_the_group_is_made_again()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var before = await Ledger.SellAsync();
        await DeliverAsync(before.SessionId);
        await AwaitAsync(before.SessionId, OrderState.Fulfilled);

        await Redis.Connection.GetServers()[0].FlushAllDatabasesAsync();
        await Redis.Connection.GetServers()[0].ScriptFlushAsync();

        var after = await Ledger.SellAsync();
        await DeliverAsync(after.SessionId);
        await AwaitAsync(after.SessionId, OrderState.Fulfilled);
    }

    [Fact]
    public async Task After_Redis_was_killed_the_worker_goes_on_with_what_was_stored()
    {
        await using var stripe = await StripeListStub.StartAsync();
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address);
        var first = await Ledger.SellAsync();
        await DeliverAsync(first.SessionId);
        await AwaitAsync(first.SessionId, OrderState.Fulfilled);

        await Redis.KillAsync();
        await Redis.RestartAsync();

        var second = await Eventually.GetAsync(
            async () =>
            {
                try
                {
                    return await Ledger.SellAsync();
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    return null;
                }
            },
            sold => sold is not null,
            Canceled);
        await DeliverAsync(second!.SessionId);
        Assert.Equal(1, (await AwaitAsync(second.SessionId, OrderState.Fulfilled)).Fulfillments);
        Assert.Equal(1, (await Ledger.Orders.FindAsync(first.SessionId))!.Fulfillments);
    }
}
