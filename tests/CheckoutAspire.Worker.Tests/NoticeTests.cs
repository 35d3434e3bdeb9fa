using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The merchant receives notices of what happens to orders besides their payment: in order for each order, at least once, and without internal texts.</summary>
public sealed class NoticeTests : WorkerTest
{
    private MerchantStub _merchant = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _merchant = await MerchantStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _merchant.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Refunds_and_disputes_are_sent_with_their_ids_and_states_in_the_order_of_the_journal()
    {
        await using var worker = await StartAsync();
        var id = await SellPaidAsync();

        await ReturnAsync(id, ReturnKind.Refund, "re_1", "pending", 998);
        await AwaitCallsAsync(id, "order.paid", "order.refunded");
        await ReturnAsync(id, ReturnKind.Refund, "re_1", "failed", 998);
        await ReturnAsync(id, ReturnKind.Dispute, "du_1", "needs_response", 9998);
        await ReturnAsync(id, ReturnKind.Dispute, "du_1", "won", 9998);

        var calls = await AwaitCallsAsync(id, "order.paid", "order.refunded", "order.refund_failed", "order.disputed", "order.dispute_closed");
        Assert.All(calls.Skip(1), call => NoticeSchema.AssertFits("order.notice", call.Json));
        Assert.Equal(("re_1", "pending", 998), ReturnOf(calls[1], "refunds"));
        Assert.Equal(998, (long)calls[1].Data["amount_refunded"]!);
        Assert.Equal("failed", ReturnOf(calls[2], "refunds").Status);
        Assert.Equal(("du_1", "won", 9998), ReturnOf(calls[4], "disputes"));
        Assert.Equal(
            ("ref_" + id, "paid", "fulfilled", "pi_" + id),
            ((string?)calls[4].Data["order_ref"], (string?)calls[4].Data["payment"], (string?)calls[4].Data["fulfillment"], (string?)calls[4].Data["payment_intent"]));
        Assert.All(calls, call => Assert.Equal(OrderNumber.Of("ref_" + id), (string?)call.Data["order_number"]));
        Assert.Equal(5, calls.Select(call => call.Id).Distinct().Count());
        await AwaitSentAsync();
    }

    [Fact]
    public async Task A_notice_that_fails_is_repeated_under_its_id_and_delays_only_its_own_order()
    {
        await using var worker = await StartAsync();
        var (failing, other) = (await SellPaidAsync(), await SellPaidAsync());
        _merchant.Refuses = call => call.Type == "order.refunded" && (string?)call.Data["id"] == failing;
        await ReturnAsync(failing, ReturnKind.Refund, "re_1", "succeeded", 998);
        await ReturnAsync(failing, ReturnKind.Dispute, "du_1", "needs_response", 9000);
        await Eventually.GetAsync(() => Task.FromResult(CallsOf(failing).Count), count => count > 3, Canceled);

        await ReturnAsync(other, ReturnKind.Refund, "re_2", "succeeded", 998);

        await AwaitCallsAsync(other, "order.paid", "order.refunded");
        Assert.DoesNotContain(CallsOf(failing), call => call.Type == "order.disputed");
        _merchant.Refuses = _ => false;
        var calls = await Eventually.GetAsync(() => Task.FromResult(CallsOf(failing)), calls => calls[^1].Type == "order.disputed", Canceled);
        Assert.Single(calls.Where(call => call.Type == "order.refunded").Select(call => call.Id).Distinct());
        Assert.True(calls.Count(call => call.Type == "order.refunded") > 3);
        await AwaitSentAsync();
    }

    [Fact]
    public async Task A_notice_waits_as_long_as_the_merchant_asks()
    {
        await using var worker = await StartAsync(("Worker:RetryDelay", "00:00:30"));
        var id = await SellPaidAsync();
        await AwaitCallsAsync(id, "order.paid");
        var inAnHour = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        (_merchant.RetryAfter, _merchant.Refuses) = ("3600", call => call.Type == "order.refunded");

        await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 998);

        await Eventually.GetAsync(() => Redis.Database.SortedSetScoreAsync(Partition.Notices, id), due => due >= inAnHour, Canceled);
        await AwaitCallsAsync(id, "order.paid", "order.refunded");
    }

    [Fact]
    public async Task After_the_last_attempt_the_notice_is_a_dead_letter_that_an_operator_can_redrive()
    {
        await using var worker = await StartAsync(("Worker:MaxAttempts", "2"));
        var id = await SellPaidAsync();
        _merchant.Refuses = call => call.Type == "order.refunded";
        await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 998);
        await ReturnAsync(id, ReturnKind.Dispute, "du_1", "needs_response", 9000);

        var dead = await AwaitDeadLetterAsync();

        Assert.Equal(
            (id, "checkout_aspire.notice.refunded", "The merchant webhook failed for order.refunded (HTTP 503).", 2),
            (dead["object"].ToString(), dead["type"].ToString(), dead["reason"].ToString(), (int)dead["attempts"]));
        await AwaitCallsAsync(id, "order.paid", "order.refunded", "order.refunded", "order.disputed");
        _merchant.Refuses = _ => false;
        await new DeadLetters(Redis.Connection, Ledger.Partitions).RedriveAsync(0, dead.Id.ToString(), "Ann: the warehouse is back");
        var calls = await AwaitCallsAsync(id, "order.paid", "order.refunded", "order.refunded", "order.disputed", "order.refunded");
        Assert.Equal(calls[1].Id, calls[4].Id);
        await AwaitDrainedAsync();
        await AwaitSentAsync();
    }

    [Fact]
    public async Task Holds_and_decisions_are_sent_without_reasons()
    {
        await using var worker = await StartAsync();
        var id = (await Ledger.SellAsync()).SessionId;
        await ReturnAsync(id, ReturnKind.Dispute, "du_1", "needs_response", 9998);
        await Ledger.AppendAsync(id, StripeEvents.Checkout(id));
        await AwaitCallsAsync(id, "order.disputed", "order.needs_review");
        var held = await AwaitAsync(id, OrderState.NeedsReview);

        await new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders).DecideAsync(id, approve: false, "Ann: fraud ring 7", held.Hold);

        var calls = await AwaitCallsAsync(id, "order.disputed", "order.needs_review", "order.decided");
        Assert.Equal((null, null, "rejected"), ((string?)calls[0].Data["decision"], (string?)calls[1].Data["decision"], (string?)calls[2].Data["decision"]));
        Assert.Equal("rejected", (string?)calls[2].Data["fulfillment"]);
        Assert.All(calls, call => NoticeSchema.AssertFits("order.notice", call.Json));
        Assert.All(["Ann", "ring", "before it was fulfilled", "merchant_webhook"], word =>
            Assert.All(calls, call => Assert.DoesNotContain(word, call.Text, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(HandledEvents.AsyncPaymentFailed, "unpaid", false, "order.payment_failed")]
    [InlineData(HandledEvents.CheckoutExpired, "unpaid", false, "order.canceled")]
    [InlineData(HandledEvents.CheckoutExpired, "unpaid", true, "order.expired")]
    public async Task A_session_that_ends_unpaid_is_sent(string type, string paymentStatus, bool isDue, string sent)
    {
        await using var worker = await StartAsync();
        var id = (await Ledger.SellAsync()).SessionId;
        if (isDue)
        {
            await Redis.Database.HashSetAsync(Partition.Order(id), "expires_at", TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds());
        }

        await DeliverAsync(id, type, paymentStatus);

        NoticeSchema.AssertFits("order.notice", (await AwaitCallsAsync(id, sent))[0].Json);
    }

    [Fact]
    public async Task The_failure_of_a_renewal_and_the_end_of_a_subscription_are_sent()
    {
        await using var stripe = new StripeSide();
        await using var worker = await StartAsync(stripe.Address);
        var session = await stripe.SubscribeAsync();
        await DeliverAsync(await stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));
        await AwaitAsync(session.Id, OrderState.Fulfilled);
        await stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        await DeliverAsync(await stripe.TakeEventsAsync(HandledEvents.InvoicePaymentFailed));
        await stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/cancel");
        await DeliverAsync(await stripe.TakeEventsAsync(HandledEvents.SubscriptionDeleted));

        var ended = (await AwaitCallsAsync(session.Id, "order.paid", "subscription.ended"))[1];
        var failed = await Eventually.GetAsync(
            () => Task.FromResult(_merchant.Calls.FirstOrDefault(call => call.Type == "subscription.payment_failed")), call => call is not null, Canceled);
        Assert.Equal((session.SubscriptionId, "canceled"), ((string?)ended.Data["subscription"], (string?)ended.Data["subscription_status"]));
        Assert.StartsWith("in_", (string?)failed!.Data["id"], StringComparison.Ordinal);
        Assert.All([ended, failed], call => NoticeSchema.AssertFits("order.notice", call.Json));
    }

    [Fact]
    public async Task A_notice_that_a_dead_worker_had_taken_is_sent_by_another()
    {
        string id;
        await using (await StartAsync())
        {
            id = await SellPaidAsync();
        }

        await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 998);
        var queue = new NoticeQueue(Redis.Connection, Ledger.Partitions);
        await queue.ReadJournalAsync(Partition, ["refunded"]);
        Assert.Single(await queue.TakeAsync(Partition, 10, TimeSpan.FromMilliseconds(500)));

        await using var next = await StartAsync();

        await AwaitCallsAsync(id, "order.paid", "order.refunded");
    }

    [Fact]
    public async Task A_refunded_amount_waits_for_the_refund_that_names_it()
    {
        await using var worker = await StartAsync();
        var id = await SellPaidAsync();
        await ReturnAsync(id, ReturnKind.Charge, "ch_1", "refunded", 998);
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Notices), length => length == 1, Canceled);

        await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 998);

        Assert.Equal("re_1", ReturnOf((await AwaitCallsAsync(id, "order.paid", "order.refunded"))[1], "refunds").Id);
    }

    [Fact]
    public async Task Notices_begin_with_what_happens_after_they_are_asked_for_and_only_with_those_that_are()
    {
        string id;
        await using (var silent = new WorkerHost(Redis.ConnectionString, settings: _merchant.Settings))
        {
            id = await SellPaidAsync();
            await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 998);
            await AwaitDrainedAsync();
            Assert.False(await Redis.Database.KeyExistsAsync([Partition.Notices, Partition.NoticesCursor]) > 0);
        }

        await using var worker = await StartAsync(("FULFILLMENT_EVENTS", "order.disputed,order.expired"));
        await ReturnAsync(id, ReturnKind.Refund, "re_2", "succeeded", 500);
        await ReturnAsync(id, ReturnKind.Dispute, "du_1", "needs_response", 9000);

        await AwaitCallsAsync(id, "order.paid", "order.disputed");
        await AwaitSentAsync();
    }

    [Theory]
    [InlineData("order.shipped", "https://merchant.example/orders", "FULFILLMENT_EVENTS has the unknown event 'order.shipped'")]
    [InlineData("all", "", "FULFILLMENT_EVENTS is set, but FULFILLMENT_URL is not")]
    public async Task Events_that_cannot_be_sent_are_rejected_at_start(string events, string url, string sentence)
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync("CheckoutAspire.Worker", new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = "sk_test_1",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["FULFILLMENT_URL"] = url,
            ["FULFILLMENT_SECRET"] = url.Length == 0 ? "" : _merchant.Secret,
            ["FULFILLMENT_EVENTS"] = events,
        });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private Task<WorkerHost> StartAsync(params (string Name, string Value)[] settings) => StartAsync("http://127.0.0.1:1", settings);

    /// <summary>Starts a worker, and waits until its notices have begun.</summary>
    private async Task<WorkerHost> StartAsync(string stripe, params (string Name, string Value)[] settings)
    {
        var worker = new WorkerHost(
            Redis.ConnectionString,
            stripe,
            [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000"), ("FULFILLMENT_EVENTS", "all"), .. _merchant.Settings, .. settings]);
        await Eventually.GetAsync(() => Redis.Database.KeyExistsAsync(Partition.NoticesCursor), exists => exists, Canceled);
        return worker;
    }

    private async Task<string> SellPaidAsync()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await Ledger.AppendAsync(id, StripeEvents.Checkout(id));
        await AwaitAsync(id, OrderState.Fulfilled);
        return id;
    }

    private Task<Outcome> ReturnAsync(string id, ReturnKind kind, string returnId, string status, long amount) =>
        Ledger.Transitions.RecordReturnAsync(id, "1-1", LedgerKit.Return(kind, returnId, status, amount));

    private List<MerchantCall> CallsOf(string id) => [.. _merchant.Calls.Where(call => (string?)call.Data["id"] == id)];

    private async Task<List<MerchantCall>> AwaitCallsAsync(string id, params string[] types)
    {
        var calls = await Eventually.GetAsync(() => Task.FromResult(CallsOf(id)), calls => calls.Count >= types.Length, Canceled);
        Assert.Equal(types, calls.Select(call => call.Type));
        return calls;
    }

    /// <summary>Waits until no notice is left.</summary>
    private Task AwaitSentAsync() => Eventually.GetAsync(
        () => Redis.Database.KeyExistsAsync([Partition.Notices, Partition.NoticeLines]), left => left == 0, Canceled);

    private static (string? Id, string? Status, long Amount) ReturnOf(MerchantCall call, string list)
    {
        var one = Assert.Single(call.Data[list]!.AsArray())!;
        return ((string?)one["id"], (string?)one["status"], (long)one["amount"]!);
    }
}
