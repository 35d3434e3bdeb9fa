using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>A checkout that is changed after the buyer has its payment page.</summary>
public sealed class UcpChangeTests(RedisFixture redis) : UcpTest(redis)
{
    [Fact]
    public async Task An_update_closes_the_page_and_the_next_completion_opens_another_one()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        await CompleteAsync(id);
        var old = await SessionOfAsync(id);

        var updated = await UpdateAsync(id, ("mug-red", 2), ("tea", 1));
        Assert.Equal("ready_for_complete", Status(updated));
        Assert.False(updated.TryGetProperty("continue_url", out _));
        Assert.Equal("expired", (await StripeSessionAsync(old)).Status);

        var escalated = await CompleteAsync(id);
        var session = await StripeSessionAsync(await SessionOfAsync(id));
        Assert.Equal(("requires_escalation", 10698L), (Status(escalated), Total(escalated)));
        Assert.Equal(("open", 10698L), (session.Status, session.AmountTotal));
        var ledger = Service<OrderLedger>();
        Assert.Equal((session.Id, old), ((await ledger.FindAsync(old))!.ReplacedBy, (await ledger.FindAsync(session.Id))!.Replaces));

        // The old session's event is late, and the new session is paid.
        await Factory.ApplyAsync(old, PaymentStatusChange.Expired);
        await Factory.ApplyAsync(session.Id, PaymentStatusChange.Paid);
        var completed = await GetAsync(id);
        var orderId = completed.GetProperty("order").GetProperty("id").GetString()!;
        Assert.Equal("completed", Status(completed));
        Assert.Equal(session.Metadata["order_ref"], orderId);
        var order = await CallAsync("get_order", new() { ["meta"] = Meta(), ["id"] = orderId });
        Assert.Equal((orderId, id), (order.GetProperty("id").GetString(), order.GetProperty("checkout_id").GetString()));
    }

    [Fact]
    public async Task A_checkout_can_be_changed_again_and_again()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        for (var quantity = 2; quantity <= 4; quantity++)
        {
            await CompleteAsync(id);
            await UpdateAsync(id, ("mug-red", quantity));
        }

        var last = await CompleteAsync(id);

        Assert.Equal(4 * 4999, Total(last));
        var open = (await new SessionService(Stripe).ListAsync(cancellationToken: Cancellation)).Where(session => session.Status == "open");
        Assert.Equal(await SessionOfAsync(id), Assert.Single(open).Id);
    }

    [Fact]
    public async Task A_checkout_that_is_paid_meanwhile_is_not_changed()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        await CompleteAsync(id);
        var session = await SessionOfAsync(id);
        await PayAsync((await StripeSessionAsync(session)).Url);

        var refused = await UpdateAsync(id, ("mug-red", 2));
        await Factory.ApplyAsync(session, PaymentStatusChange.Paid);

        Assert.Equal("not_allowed", Assert.Single(refused.GetProperty("messages").EnumerateArray()).GetProperty("code").GetString());
        var completed = await GetAsync(id);
        Assert.Equal(("completed", 4999L), (Status(completed), Total(completed)));
    }

    [Fact]
    public async Task An_update_that_was_interrupted_after_it_closed_the_page_is_repeated()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        await CompleteAsync(id);
        var session = await SessionOfAsync(id);
        await StoreAsync(id, draft => draft with { IsReopening = true });
        await new SessionService(Stripe).ExpireAsync(session, cancellationToken: Cancellation);
        await Factory.ApplyAsync(session, PaymentStatusChange.Expired);
        Assert.Equal("canceled", Status(await GetAsync(id)));

        var updated = await UpdateAsync(id, ("mug-red", 2));

        Assert.Equal("ready_for_complete", Status(updated));
        Assert.Equal("requires_escalation", Status(await CompleteAsync(id)));
    }

    private async Task<string> SessionOfAsync(string id) => (await Service<CheckoutDrafts>().FindAsync(Caller.Anonymous, id))!.Draft.SessionId!;

    private Task<Session> StripeSessionAsync(string id) => new SessionService(Stripe).GetAsync(id, cancellationToken: Cancellation);
}
