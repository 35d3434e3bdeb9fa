using System.Text.Json.Nodes;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

public sealed class LostLedgerTests : FaultTest
{
    private static readonly DateTimeOffset s_before = TimeProvider.System.GetUtcNow().AddHours(-1);

    [Fact]
    public async Task After_FLUSHALL_nothing_is_fulfilled_again()
    {
        // The second attempt has the effect, so the merchant remembers fence 2.
        Merchant.BeforeEffect = call => Task.FromResult(call.Number > 1);
        await StartWorkerAsync();
        var (witnessed, unwitnessed) = (await FulfillAsync(), await FulfillAsync());
        await At.AwaitAsync(() => Task.FromResult(At.Stripe.Witness(witnessed)), witness => witness is not null);
        await At.AwaitAsync(() => Task.FromResult(At.Stripe.Witness(unwitnessed)), witness => witness is not null);
        At.Stripe.ForgetWitness(unwitnessed);

        await LoseAsync();
        await DeliverAsync(witnessed);
        await DeliverAsync(unwitnessed);
        await At.AwaitStateAsync(witnessed, OrderState.Fulfilled);
        await At.AwaitStateAsync(unwitnessed, OrderState.NeedsReview);
        var after = await At.SellPaidAsync(1);
        await At.AwaitFulfilledOnceAsync([witnessed, .. after]);
        Assert.Equal([MerchantOutcome.Failed, MerchantOutcome.Effect], Merchant.Of(witnessed));
        Assert.Equal([MerchantOutcome.Failed, MerchantOutcome.Effect], Merchant.Of(unwitnessed));

        // An operator approves the order. The merchant remembers the fence of the lost ledger and must not reject that of the new one.
        // Nothing proves that it was not fulfilled before, so it takes a second call.
        var (refused, answer) = await OpsAsync($"ops/orders/{unwitnessed}/approve");
        Assert.Equal(409, refused);
        Assert.Equal(200, (await OpsAsync($"ops/orders/{unwitnessed}/approve", (string?)answer["confirm"])).Status);
        await At.AwaitFulfilledOnceAsync(unwitnessed);
        Assert.Equal([MerchantOutcome.Failed, MerchantOutcome.Effect, MerchantOutcome.Redelivered], Merchant.Of(unwitnessed));
    }

    [Theory]
    [InlineData(HandledEvents.CheckoutCompleted)]
    [InlineData(HandledEvents.AsyncPaymentFailed)]
    [InlineData(HandledEvents.CheckoutExpired)]
    public async Task After_FLUSHALL_an_old_session_is_held_for_review_even_if_an_unpaid_event_arrives_first(string type)
    {
        await StartWorkerAsync();
        var sold = await FulfillAsync();
        await At.AwaitAsync(() => Task.FromResult(At.Stripe.Witness(sold)), witness => witness is not null);
        At.Stripe.ForgetWitness(sold);

        await LoseAsync();
        await DeliverAsync(sold, type, "unpaid");
        await At.AwaitQuietAsync();
        await DeliverAsync(sold, HandledEvents.AsyncPaymentSucceeded);

        await At.AwaitStateAsync(sold, OrderState.NeedsReview);
        Assert.Equal([MerchantOutcome.Effect], Merchant.Of(sold));
    }

    [Fact]
    public async Task After_FLUSHALL_reconciliation_restores_orders_that_have_a_witness_at_Stripe()
    {
        await StartWorkerAsync(("Worker__ReconcileInterval", "00:00:01"));
        var sold = await FulfillAsync();
        await At.AwaitAsync(() => Task.FromResult(At.Stripe.Witness(sold)), witness => witness is not null);

        At.Stripe.Lists = true;
        await LoseAsync();

        Assert.Equal(1, (await At.AwaitStateAsync(sold, OrderState.Fulfilled)).Fulfillments);
        Assert.Equal([MerchantOutcome.Effect], Merchant.Of(sold));
    }

    [Fact]
    public async Task After_FLUSHALL_a_running_worker_stamps_the_ledger_again()
    {
        await StartWorkerAsync();
        await At.AwaitAsync(async () => (string?)await At.Database.HashGetAsync("co:ledger", "mode"), mode => mode == "sandbox");

        await LoseAsync();

        await At.AwaitAsync(async () => (string?)await At.Database.HashGetAsync("co:ledger", "mode"), mode => mode == "sandbox");
    }

    [Fact]
    public async Task A_worker_stops_if_its_ledger_is_replaced_by_one_of_another_mode()
    {
        var worker = await StartWorkerAsync();
        await At.AwaitAsync(async () => (string?)await At.Database.HashGetAsync("co:ledger", "mode"), mode => mode == "sandbox");

        await At.Database.HashSetAsync("co:ledger", "mode", "live");

        Assert.Equal(1, await worker.WaitForExitAsync());
    }

    private async Task LoseAsync() => await At.Redis.Connection.GetServers()[0].FlushAllDatabasesAsync();

    /// <summary>Fulfills an order whose session was created an hour ago.</summary>
    private async Task<string> FulfillAsync()
    {
        var sold = (await At.Ledger.SellAsync()).SessionId;
        At.Stripe.Add(sold, createdAt: s_before);
        await DeliverAsync(sold);
        await At.AwaitFulfilledOnceAsync(sold);
        return sold;
    }

    private async Task DeliverAsync(string sessionId, string type = HandledEvents.CheckoutCompleted, string paymentStatus = "paid") =>
        await At.Ledger.AppendAsync(sessionId, StripeEvents.Checkout(sessionId, type, paymentStatus, change: Age), type);

    private static void Age(JsonObject root) => root["data"]!["object"]!["created"] = s_before.ToUnixTimeSeconds();
}
