using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Replacements that Stripe rejects, that fail halfway, or whose process dies.</summary>
public sealed class InterruptedReplacementTests(ReplacementShop shop) : ReplacementTest(shop)
{
    [Theory]
    // Stripe does nothing.                Stripe does it, and the answer is lost.      Stripe does it, and reports an error of its own.
    [InlineData("rate_limit", false)]
    [InlineData("timeout_after_success", true)]
    [InlineData("server_error_after_success", false)]
    public async Task An_interrupted_expiry_is_finished_by_the_same_call(string fault, bool succeeds)
    {
        var old = await SellAsync();
        await FaultAsync(fault, $"/v1/checkout/sessions/{Id(old)}/expire");

        var first = await TryAsync(("replaces", Id(old)), ("quantity", 2));
        var second = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.Equal(succeeds, !first.TryGetProperty("code", out _));
        Assert.Equal("expired", (await SessionAsync(Id(old))).Status);
        Assert.Equal([Id(second)], (await OwnSessionsAsync()).Where(session => session.Status == "open").Select(session => session.Id));
        Assert.Equal(Id(second), (await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Until_Stripe_has_closed_the_old_page_no_other_link_leaves_the_server()
    {
        var old = await SellAsync();
        await FaultAsync("rate_limit", $"/v1/checkout/sessions/{Id(old)}/expire");

        var error = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.Equal("rate_limited", Text(error, "code"));
        var hidden = Assert.Single(await OwnSessionsAsync(), session => session.Id != Id(old));
        Assert.Null(await Ledger.FindAsync(hidden.Id));
        var still = await GetAsync(Id(old));
        Assert.Equal("open", Text(still, "status"));
        Assert.Equal(Text(old, "checkout_url"), Text(still, "checkout_url"));

        // The buyer is faster than the repetition: nothing is sold, and the hidden session is closed.
        await PayAsync(Id(old));
        Assert.Equal("already_completed", Text(await ErrorAsync(("replaces", Id(old)), ("quantity", 2)), "code"));
        await Shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Paid);
        Assert.Equal("already_completed", Text(await ErrorAsync(("replaces", Id(old)), ("quantity", 2)), "code"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_dies_after_the_expiry_leaves_a_request_that_the_same_call_finishes(bool newOrderRecorded)
    {
        var old = await SellAsync();
        var key = Guid.NewGuid().ToString();
        var first = await CallAsync(("replaces", Id(old)), ("quantity", 2), ("idempotency_key", key));

        // What a process leaves that dies after Stripe has expired the old session, before or after it has recorded the new order.
        var partitions = Shop.Factory.Services.GetRequiredService<LedgerPartitions>();
        var owner = Shop.Factory.Services.GetRequiredService<Ownership>().Of(Caller.Anonymous);
        var request = partitions.Of(owner).Request(owner, OrderRef.Of(Shop.Factory.Deployment, owner, key));
        Assert.True(await Shop.Database.HashDeleteAsync(request, "session"));
        await Shop.Database.HashSetAsync(request, "lease_until", 0);
        Assert.True(await Shop.Database.HashDeleteAsync(partitions.Of(Id(old)).Order(Id(old)), "replaced_by"));
        if (!newOrderRecorded)
        {
            Assert.True(await Shop.Database.KeyDeleteAsync(partitions.Of(Id(first)).Order(Id(first))));
        }

        var second = await CallAsync(("replaces", Id(old)), ("quantity", 2), ("idempotency_key", key));

        Assert.Equal(Id(first), Id(second));
        Assert.Equal((Id(second), Id(old)), ((await OrderAsync(old)).ReplacedBy, (await OrderAsync(second)).Replaces));
        Assert.Equal(2, (await OwnSessionsAsync()).Count);
    }

    [Fact]
    public async Task What_Stripe_rejects_leaves_the_old_checkout_open()
    {
        var old = await SellAsync();

        // Only Stripe knows that there is no such Price.
        var error = await ErrorAsync(("replaces", Id(old)), ("price_id", "price_unknown"), ("currency", "usd"));
        Assert.Equal("price_id", Text(error, "param"));
        Assert.Equal("open", (await SessionAsync(Id(old))).Status);

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));
        Assert.Equal("open", Text(changed, "status"));
    }
}
