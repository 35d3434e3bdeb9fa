using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The renewals of a subscription belong to the owner of the sale that began it, and are shown with that sale.</summary>
public sealed class RenewalTests(RedisFixture redis) : McpApiTest(redis)
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000);

    private OrderTransitions Transitions => Factory.Services.GetRequiredService<OrderTransitions>();

    private SubscriptionRenewals Renewals => Factory.Services.GetRequiredService<SubscriptionRenewals>();

    [Fact]
    public async Task A_paid_subscription_has_its_status_and_no_renewals_at_first()
    {
        var id = await SubscribeAsync(Client);
        Assert.False((await CallAsync("get_checkout", Of(id))).TryGetProperty("subscription", out _));

        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        Assert.Equal("""{"status":"active","renewals":[]}""", (await CallAsync("get_checkout", Of(id))).GetProperty("subscription").GetRawText());
    }

    [Fact]
    public async Task A_checkout_that_is_not_a_subscription_has_none()
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        Assert.False((await CallAsync("get_checkout", Of(id))).TryGetProperty("subscription", out _));
    }

    [Fact]
    public async Task Renewals_are_shown_newest_first_with_their_state_and_amount()
    {
        var id = await SubscribeAsync(Client);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        var paid = await RenewAsync(id, month: 1, PaymentStatusChange.Paid);
        var failed = await RenewAsync(id, month: 2, PaymentStatusChange.Failed);
        await RecordAsync(id, new SubscriptionState("past_due", EndsWithPeriod: true, s_now));

        var subscription = (await CallAsync("get_checkout", Of(id))).GetProperty("subscription");

        Assert.Equal(("past_due", true), (subscription.GetProperty("status").GetString(), subscription.GetProperty("ends_with_period").GetBoolean()));
        Assert.Equal(
            [$"{failed} failed 1500 usd", $"{paid} fulfilled 1500 usd"],
            subscription.GetProperty("renewals").EnumerateArray().Select(renewal =>
                $"{renewal.GetProperty("invoice_id")} {renewal.GetProperty("status")} {renewal.GetProperty("amount")} {renewal.GetProperty("currency")}"));
        Assert.Equal([false, true], subscription.GetProperty("renewals").EnumerateArray().Select(renewal => renewal.TryGetProperty("paid_at", out _)));
        var resource = await Client.ReadResourceAsync("checkout://sessions/" + id, cancellationToken: Cancellation);
        using var json = JsonDocument.Parse(Assert.IsType<TextResourceContents>(Assert.Single(resource.Contents)).Text);
        Assert.True(JsonElement.DeepEquals(subscription, json.RootElement.GetProperty("subscription")));
    }

    [Fact]
    public async Task At_most_twelve_renewals_are_shown()
    {
        var id = await SubscribeAsync(Client);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        var invoices = new List<string>();
        foreach (var month in Enumerable.Range(1, 14))
        {
            invoices.Insert(0, await RenewAsync(id, month, PaymentStatusChange.Paid));
        }

        var shown = (await CallAsync("get_checkout", Of(id))).GetProperty("subscription").GetProperty("renewals").EnumerateArray();

        Assert.Equal(invoices[..12], shown.Select(renewal => renewal.GetProperty("invoice_id").GetString()!));
    }

    [Fact]
    public async Task A_list_has_each_subscription_once_with_its_newest_renewal_and_no_renewal_as_a_checkout_of_its_own()
    {
        await using var alice = await Factory.ConnectAsync(principal: "alice");
        await using var bob = await Factory.ConnectAsync(principal: "bob");
        var id = await SubscribeAsync(alice);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        await RenewAsync(id, month: 1, PaymentStatusChange.Paid);
        var newest = await RenewAsync(id, month: 2, PaymentStatusChange.Paid);
        var owner = (await Ledger.FindAsync(id))!.Owner;

        // An earlier version listed renewals among their owner's sessions.
        await Factory.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().SortedSetAddAsync(
            Factory.Services.GetRequiredService<LedgerPartitions>().Of(newest).Owned(owner), newest, s_now.AddYears(1).ToUnixTimeMilliseconds());

        var checkout = Assert.Single((await CallAsync("list_checkouts", [], alice)).GetProperty("checkouts").EnumerateArray());

        Assert.Equal(id, checkout.GetProperty("session_id").GetString());
        Assert.Equal(
            [newest], checkout.GetProperty("subscription").GetProperty("renewals").EnumerateArray().Select(renewal => renewal.GetProperty("invoice_id").GetString()!));
        Assert.Empty((await CallAsync("list_checkouts", [], bob)).GetProperty("checkouts").EnumerateArray());
        await CallForErrorAsync("get_checkout", Of(id), bob);
    }

    [Fact]
    public async Task The_reasons_of_operators_are_not_shown_with_renewals()
    {
        var id = await SubscribeAsync(Client);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        await RenewAsync(id, month: 1, PaymentStatusChange.Paid, suspicion: "Ann: looks like fraud");

        var subscription = (await CallAsync("get_checkout", Of(id))).GetProperty("subscription").GetRawText();

        Assert.Contains("needs_review", subscription, StringComparison.Ordinal);
        Assert.DoesNotContain("Ann", subscription, StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Of(string id) => new() { ["session_id"] = id };

    private async Task<string> SubscribeAsync(McpClient client) => (await CallAsync(
        "initiate_checkout",
        new() { ["price_id"] = "price_tea", ["mode"] = "subscription", ["idempotency_key"] = Guid.NewGuid().ToString() },
        client)).GetProperty("session_id").GetString()!;

    /// <summary>Applies a renewal's event, as the worker does.</summary>
    private async Task<string> RenewAsync(string id, int month, PaymentStatusChange change, string suspicion = "")
    {
        Order sale = (await Ledger.FindAsync(id))!;
        var invoice = "in_" + Guid.NewGuid().ToString("N");
        await Renewals.AddAsync(id, invoice, s_now.AddDays(30 * month));
        await Transitions.ApplyAsync(
            LedgerKit.Fact(invoice, change) with
            {
                IsRenewal = true,
                TotalVaries = true,
                Suspicion = suspicion,
                Owner = sale.Owner,
                OrderRef = sale.OrderRef,
                AmountSubtotal = 1500,
                AmountTotal = 1500,
            },
            LedgerKit.NoEntry,
            livemode: false,
            TimeSpan.Zero);
        return invoice;
    }

    private Task RecordAsync(string id, SubscriptionState state) => Transitions.RecordSubscriptionAsync(id, LedgerKit.NoEntry, new SubscriptionFact(state));
}
