using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>
/// Every case of <c>Cases/events.jsonl</c>, through the receiver and the worker: the exact bytes of an event that was once handled wrongly, and
/// its right outcome. A case without an assertion here fails.
/// </summary>
public sealed class EventCaseTests : WorkerTest
{
    private const string Sold = "cs_test_sold";
    private const string PaymentIntent = "pi_1";

    private readonly RecordingHandler _handler = new("ship");
    private StripeListStub _stripe = null!;
    private WorkerHost _worker = null!;
    private ReceiverHost _receiver = null!;
    private Outcomes _outcomes = null!;

    public static TheoryData<string> Cases =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "events.jsonl")).Select(line => (string)JsonNode.Parse(line)!["what"]!)];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync(hasEveryOrder: true);
        _worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00")], _handler);
        _outcomes = new Outcomes(_worker);
        _receiver = await ReceiverHost.StartAsync(Redis.ConnectionString, Canceled);

        // The bodies' sessions were created at 1795600000: the ledger is older.
        await Redis.Database.StringSetAsync(Partition.Epoch, 1);
    }

    public override async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        _outcomes.Dispose();
        await _worker.DisposeAsync();
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_has_its_right_outcome(string what)
    {
        var body = ReadBody(what);
        switch (what)
        {
            case "another integration's setup session, amounts null":
                await DeliverAsync(body);
                await AwaitOutcomeAsync("foreign");
                Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
                break;
            case "a connected account's event with our metadata":
                await DeliverAsync(body);
                Assert.Empty(await AppendedAsync());
                await AssertNextIsProcessedAsync();
                Assert.Null(await Ledger.Orders.FindAsync("cs_test_connect"));
                break;
            case "a session that was never sold here, with our metadata":
                await DeliverAsync(body);
                var unsold = await AwaitAsync("cs_test_unsold", OrderState.NeedsReview);
                Assert.Equal(0, unsold.Fulfillments);
                await AssertNextIsProcessedAsync();
                Assert.DoesNotContain(_handler.Orders, order => order.Id == unsold.SessionId);
                break;
            case "sold in usd, paid in eur":
                await Ledger.SellAsync(Sold);
                await DeliverAsync(body);
                var paidInEur = await AwaitAsync(Sold, OrderState.NeedsReview);
                Assert.Equal((2300, 2300, "eur"), (paidInEur.AmountSubtotal, paidInEur.AmountTotal, paidInEur.Currency));
                Assert.Equal(Decision.Approved, await DecideAsync(paidInEur));
                var shipped = Assert.Single(
                    await Eventually.GetAsync(() => Task.FromResult(_handler.Orders), orders => orders.Count > 0, Canceled));
                Assert.Equal((2300, 2300, "eur"), (shipped.AmountSubtotal, shipped.AmountTotal, shipped.Currency));
                break;
            case "renewal in the shape of API 2024-06-20":
                await SellSubscriptionAsync("sub_1");
                await DeliverAsync(body);
                var renewal = await Eventually.GetAsync(
                    () => Ledger.Orders.FindAsync("in_1"), order => order?.Payment is OrderPayment.Paid, Canceled);
                Assert.Equal((1500, "usd"), (renewal!.AmountTotal, renewal.Currency));
                break;
            case "a refund that failed, after its charge.refunded of 9998":
                await PayAsync();
                await DeliverAsync(Charge(9998));
                await AwaitOrderAsync(order => order.AmountRefunded == 9998);
                await DeliverAsync(body);
                await AwaitOrderAsync(order => order.AmountRefunded == 0);
                await DeliverAsync(Charge(500));
                await DeliverAsync(Return("refund.created", "re_2", 500, "succeeded"));
                await AwaitOrderAsync(order => order.AmountRefunded == 500 && order.Refunds.Count == 2);
                break;
            case "an inquiry, then closed":
                await Ledger.SellAsync(Sold);
                await Redis.Database.StringSetAsync(Partition.Intent(PaymentIntent), Sold);
                await DeliverAsync(Return("charge.dispute.created", "du_1", 9998, "warning_needs_response"));
                Assert.Equal(0, (await AwaitOrderAsync(order => order.Fulfillment is OrderFulfillment.Held)).AmountDisputed);
                await DeliverAsync(body);
                Assert.Equal(0, (await AwaitOrderAsync(order => order.Fulfillment is OrderFulfillment.None)).AmountDisputed);
                await DeliverAsync(StripeEvents.Checkout(Sold));
                await AwaitAsync(Sold, OrderState.Fulfilled);
                break;
            case "created out of range":
                await DeliverAsync(body);
                await AssertDeadLetterAsync("cs_test_far");
                break;
            case "half a surrogate in the id" or "data twice":
                await DeliverAsync(body);
                Assert.Equal(body, (byte[]?)(await AwaitDeadLetterAsync())["body"]);
                Assert.Empty(await AppendedAsync());
                break;
            default:
                Assert.Fail($"The case \"{what}\" has no assertion.");
                break;
        }

        await AwaitDrainedAsync();
    }

    private static byte[] ReadBody(string what)
    {
        var line = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "events.jsonl"))
            .Single(line => (string?)JsonNode.Parse(line)!["what"] == what);
        return Encoding.UTF8.GetBytes((string)JsonNode.Parse(line)!["body"]!);
    }

    private async Task DeliverAsync(byte[] body) => Assert.Equal(HttpStatusCode.OK, await _receiver.DeliverAsync(body, Canceled));

    private async Task AwaitOutcomeAsync(string outcome) =>
        Assert.Equal(outcome, (await Eventually.GetAsync(() => Task.FromResult(_outcomes.ToArray()), seen => seen.Length > 0, Canceled))[0]);

    /// <summary>What is delivered next is fulfilled: whatever came before has been processed by then, or was not stored.</summary>
    private async Task AssertNextIsProcessedAsync()
    {
        var next = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(StripeEvents.Checkout(next));
        await AwaitAsync(next, OrderState.Fulfilled);
    }

    private async Task AssertDeadLetterAsync(string objectId)
    {
        var letter = await AwaitDeadLetterAsync();
        Assert.Equal((objectId, 1), ((string?)letter["object"], (int)letter["attempts"]));
        Assert.Equal(0, await Redis.Database.SortedSetLengthAsync(Partition.Retry));
        Assert.Equal(1, await Redis.Database.StreamLengthAsync(Partition.Dead));
    }

    private async Task SellSubscriptionAsync(string subscription)
    {
        await Ledger.SellAsync(Sold, mode: "subscription", renewal: 1500);
        await Redis.Database.StringSetAsync(Partition.Intent(subscription), Sold);
    }

    private async Task PayAsync()
    {
        await Ledger.SellAsync(Sold);
        await Redis.Database.StringSetAsync(Partition.Intent(PaymentIntent), Sold);
        await DeliverAsync(StripeEvents.Checkout(Sold));
        await AwaitAsync(Sold, OrderState.Fulfilled);
    }

    private Task<Decision> DecideAsync(Order order) =>
        new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders)
            .DecideAsync(order.SessionId, approve: true, "test", order.Hold);

    private async Task<Order> AwaitOrderAsync(Func<Order, bool> condition) =>
        (await Eventually.GetAsync(() => Ledger.Orders.FindAsync(Sold), order => order is not null && condition(order), Canceled))!;

    private static byte[] Charge(long refunded) => StripeEvents.Of(HandledEvents.ChargeRefunded, new JsonObject
    {
        ["id"] = "ch_1",
        ["object"] = "charge",
        ["amount"] = 9998,
        ["amount_refunded"] = refunded,
        ["currency"] = "usd",
        ["payment_intent"] = PaymentIntent,
    });

    private static byte[] Return(string type, string id, long amount, string status) => StripeEvents.Of(type, new JsonObject
    {
        ["id"] = id,
        ["object"] = id.StartsWith("re_", StringComparison.Ordinal) ? "refund" : "dispute",
        ["amount"] = amount,
        ["currency"] = "usd",
        ["payment_intent"] = PaymentIntent,
        ["status"] = status,
    });
}
