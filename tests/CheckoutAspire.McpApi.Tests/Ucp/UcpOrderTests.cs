using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Ucp;

public sealed class UcpOrderTests(RedisFixture redis) : UcpTest(redis)
{
    [Fact]
    public async Task A_paid_checkout_is_an_order_whose_lines_are_fulfilled_when_it_is()
    {
        var (checkoutId, orderId, sessionId) = await SellAsync(lease: TimeSpan.FromMinutes(1));
        var processing = await OrderAsync(orderId);

        Assert.Equal((orderId, checkoutId), (Id(processing), processing.GetProperty("checkout_id").GetString()));
        Assert.Equal(("USD", 10698L, 10698L), (processing.GetProperty("currency").GetString(), Total(processing, "subtotal"), Total(processing)));
        Assert.Equal(["li_1 2/2/0 processing", "li_2 1/1/0 processing"], Lines(processing));
        Assert.Equal(["processing li_1:2 li_2:1"], Events(processing));
        Assert.Empty(processing.GetProperty("adjustments").EnumerateArray());

        await FulfillAsync(sessionId);
        var fulfilled = await OrderAsync(orderId);

        Assert.Equal(["li_1 2/2/2 fulfilled", "li_2 1/1/1 fulfilled"], Lines(fulfilled));
        Assert.Equal(["processing li_1:2 li_2:1", "fulfilled li_1:2 li_2:1"], Events(fulfilled));
        Assert.True(JsonElement.DeepEquals(FirstEvent(processing), FirstEvent(fulfilled)));
        Assert.Equal(
            $"https://shop.example/checkout/success?session_id={sessionId}", fulfilled.GetProperty("permalink_url").GetString());
    }

    [Fact]
    public async Task Refunds_and_disputes_are_adjustments_that_add_up()
    {
        var (_, orderId, sessionId) = await SellAsync();
        await RecordAsync(sessionId, ReturnKind.Refund, "re_1", "succeeded", 500, 1);
        await RecordAsync(sessionId, ReturnKind.Refund, "re_2", "succeeded", 1500, 2);
        await RecordAsync(sessionId, ReturnKind.Refund, "re_3", "failed", 9000, 3);
        await RecordAsync(sessionId, ReturnKind.Dispute, "du_1", "needs_response", 10698, 4);

        var order = await OrderAsync(orderId);

        Assert.Equal(
            ["refund completed -500", "refund completed -1500", "refund failed -9000", "dispute pending -10698"],
            order.GetProperty("adjustments").EnumerateArray().Select(adjustment =>
                $"{adjustment.GetProperty("type")} {adjustment.GetProperty("status")} {Total(adjustment)}"));
        Assert.Equal("completed", Status(await GetAsync(order.GetProperty("checkout_id").GetString()!)));
    }

    [Fact]
    public async Task An_order_in_review_has_a_message()
    {
        var (_, orderId, _) = await SellAsync(amount: 1);

        var order = await OrderAsync(orderId);

        Assert.Equal(["info/order_under_review/"], Messages(order));
        Assert.Equal(["li_1 2/2/0 processing", "li_2 1/1/0 processing"], Lines(order));
    }

    [Fact]
    public async Task Discounts_and_surcharges_of_Stripe_are_a_separate_total()
    {
        var (checkoutId, orderId, sessionId) = await SellAsync();
        var key = Service<LedgerPartitions>().Of(sessionId).Order(sessionId);
        await Service<IConnectionMultiplexer>().GetDatabase().HashSetAsync(key, "paid_total", 10000);

        Assert.Equal((10698L, -698L, 10000L), Sums(await OrderAsync(orderId)));
        Assert.Equal((10698L, -698L, 10000L), Sums(await GetAsync(checkoutId)));

        static (long Subtotal, long Adjustment, long Total) Sums(JsonElement resource) =>
            (Total(resource, "subtotal"), Total(resource, "adjustment"), Total(resource));
    }

    [Fact]
    public async Task A_payment_in_another_currency_is_reported_in_it()
    {
        var id = Id(await CreateAsync(("mug-red", 2), ("tea", 1)));
        await CompleteAsync(id);
        await Factory.ApplyAsync((await SessionAsync()).Id, PaymentStatusChange.Paid, amount: 9500, currency: "eur");

        var checkout = await GetAsync(id);
        var order = await OrderAsync(Id(checkout.GetProperty("order")));

        Assert.All([checkout, order], resource => Assert.Equal(
            ("EUR", 9500L, 9500L), (resource.GetProperty("currency").GetString(), Total(resource, "subtotal"), Total(resource))));
        Assert.Equal(["warning/currency_changed/ $.line_items"], Messages(checkout));
    }

    [Fact]
    public async Task An_unpaid_checkout_has_no_order()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        await CompleteAsync(id);

        var answer = await OrderAsync("ord_" + id["chk_".Length..]);

        Assert.Equal(["error/not_found/unrecoverable $.id"], Messages(answer));
        Assert.Equal("dev.ucp.shopping.order", Assert.Single(answer.GetProperty("ucp").GetProperty("capabilities").EnumerateObject()).Name);
    }

    [Fact]
    public async Task Another_principal_finds_neither_the_checkout_nor_the_order()
    {
        var (checkoutId, orderId, _) = await SellAsync();
        var stranger = new Caller("key:stranger");

        var checkout = await Service<UcpCheckouts>().GetAsync(stranger, checkoutId);
        var canceled = await Service<UcpCheckouts>().CancelAsync(stranger, checkoutId);

        Assert.Contains("not_found", checkout.Json, StringComparison.Ordinal);
        Assert.Contains("not_found", canceled.Json, StringComparison.Ordinal);
        Assert.Null(await Service<OrderSnapshots>().FindAsync(stranger, orderId));
        Assert.NotNull(await Service<OrderSnapshots>().FindAsync(Caller.Anonymous, orderId));
    }

    private async Task<(string CheckoutId, string OrderId, string SessionId)> SellAsync(long? amount = null, TimeSpan lease = default)
    {
        var id = Id(await CreateAsync(("mug-red", 2), ("tea", 1)));
        await CompleteAsync(id);
        var session = await SessionAsync();
        await Factory.ApplyAsync(session.Id, PaymentStatusChange.Paid, amount, lease);
        return (id, Id((await GetAsync(id)).GetProperty("order")), session.Id);
    }

    private Task FulfillAsync(string sessionId) =>
        Service<OrderTransitions>().FulfillAsync(sessionId, LedgerKit.NoEntry, fence: 1);

    private Task RecordAsync(string sessionId, ReturnKind kind, string id, string status, long amount, int at) =>
        Service<OrderTransitions>().RecordReturnAsync(sessionId, LedgerKit.NoEntry, new ReturnFact
        {
            Kind = kind,
            Id = id,
            Status = status,
            AsOf = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000 + at),
            Amount = amount,
            Currency = "usd",
        });

    private static IEnumerable<string> Lines(JsonElement order) => order.GetProperty("line_items").EnumerateArray().Select(line =>
    {
        var quantity = line.GetProperty("quantity");
        return $"{line.GetProperty("id")} {quantity.GetProperty("original")}/{quantity.GetProperty("total")}/{quantity.GetProperty("fulfilled")} {line.GetProperty("status")}";
    });

    private static IEnumerable<string> Events(JsonElement order) => order.GetProperty("fulfillment").GetProperty("events").EnumerateArray().Select(step =>
        $"{step.GetProperty("type")} {string.Join(' ', step.GetProperty("line_items").EnumerateArray().Select(line => $"{line.GetProperty("id")}:{line.GetProperty("quantity")}"))}");

    private static JsonElement FirstEvent(JsonElement order) => order.GetProperty("fulfillment").GetProperty("events")[0];
}
