using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.McpApi.Tests;

public sealed class RefundCheckoutTests(RedisFixture redis) : McpApiTest(redis)
{
    protected override void Configure(IWebHostBuilder builder) => builder
        .UseSetting("CHECKOUT_REFUNDS", "true").UseSetting("CHECKOUT_REFUND_MAX", "usd:5000").UseSetting("CHECKOUT_REFUND_DAILY_CAP", "usd:8000");

    [Fact]
    public async Task A_part_is_refunded_at_Stripe_with_its_reason_and_a_repetition_refunds_nothing_more()
    {
        var id = await PaidAsync();
        NextRefund(1000);
        NextRefund(1000);

        var first = await CallAsync("refund_checkout", Refund(id, "a", 1000, "requested_by_customer"));
        var again = await CallAsync("refund_checkout", Refund(id, "a", 1000, "requested_by_customer"));

        Assert.Equal(
            ("re_1", "succeeded", 1000, "usd", "requested_by_customer", false),
            (first.GetProperty("refund_id").GetString(), first.GetProperty("status").GetString(), first.GetProperty("amount").GetInt64(),
             first.GetProperty("currency").GetString(), first.GetProperty("reason").GetString(), first.GetProperty("replayed").GetBoolean()));
        Assert.True(again.GetProperty("replayed").GetBoolean());
        var call = Assert.Single(Refunds);
        Assert.Equal(("pi_" + id, "1000", "requested_by_customer"), (call.Form["payment_intent"], call.Form["amount"], call.Form["reason"]));
        Assert.StartsWith("refund-", call.IdempotencyKey, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_amount_all_that_is_left_is_refunded()
    {
        var id = await PaidAsync();
        NextRefund(4999);

        await CallAsync("refund_checkout", Refund(id, "a"));

        Assert.Equal("4999", Assert.Single(Refunds).Form["amount"]);
    }

    [Fact]
    public async Task A_refund_whose_answer_was_lost_is_sent_again_exactly()
    {
        var id = await PaidAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Stripe.NextError(503, "api_error");
        }

        var lost = await CallForErrorAsync("refund_checkout", Refund(id, "a", 700));
        NextRefund(700);
        var made = await CallAsync("refund_checkout", Refund(id, "a", 700));

        Assert.Equal("stripe_error", lost.GetProperty("code").GetString());
        Assert.True(made.GetProperty("replayed").GetBoolean());
        Assert.Equal((1, 1), (Refunds.Select(call => call.IdempotencyKey).Distinct().Count(), Refunds.Select(call => call.Form["amount"]).Distinct().Count()));
    }

    [Fact]
    public async Task Limits_and_the_state_of_the_order_are_respected_before_Stripe_is_called()
    {
        var open = (await SellAsync()).GetProperty("session_id").GetString()!;
        var paid = await PaidAsync();
        var large = await PaidAsync(price: 9000);
        await using var other = await Factory.ConnectAsync(principal: "other");
        var before = Stripe.Calls.Count;

        Assert.Equal("not_refundable", await CodeAsync(Refund(open, "a")));
        Assert.Equal("amount_too_large", await CodeAsync(Refund(paid, "b", 5000)));
        Assert.Equal("amount_too_large", await CodeAsync(Refund(large, "c", 5001)));
        Assert.Equal("amount_too_large", await CodeAsync(Refund(large, "d")));
        Assert.Equal("not_found", (await CallForErrorAsync("refund_checkout", Refund(paid, "e", 1), other)).GetProperty("code").GetString());
        Assert.Equal(before, Stripe.Calls.Count);

        NextRefund(5000);
        await CallAsync("refund_checkout", Refund(large, "f", 5000));
        Assert.Equal("idempotency_conflict", await CodeAsync(Refund(large, "f", 1)));
        Assert.Equal("daily_cap_exceeded", await CodeAsync(Refund(paid, "g", 3001)));
        NextRefund(3000);
        await CallAsync("refund_checkout", Refund(paid, "h", 3000));
    }

    [Fact]
    public async Task A_refund_that_Stripe_rejects_counts_for_nothing()
    {
        var id = await PaidAsync();
        Stripe.NextError(400, "invalid_request_error", "charge_already_refunded");

        var error = await CallForErrorAsync("refund_checkout", Refund(id, "a", 4999));
        NextRefund(4999);
        await CallAsync("refund_checkout", Refund(id, "b", 4999));

        Assert.Equal("not_refundable", error.GetProperty("code").GetString());
        Assert.DoesNotContain("raw words of Stripe", error.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_credentials_that_name_the_scope_see_the_tool_and_every_refund_is_audited()
    {
        var (seller, refunder) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        await using var factory = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder =>
        {
            Configure(builder);
            builder.UseSetting("CHECKOUT_API_KEYS", $"seller:{Digest(seller)},r{refunder}:{Digest(refunder)}:checkout:read checkout:refund");
        });
        await using var plain = await factory.ConnectAsync(headers: new Dictionary<string, string> { ["X-API-Key"] = seller });
        await using var named = await factory.ConnectAsync(headers: new Dictionary<string, string> { ["X-API-Key"] = refunder });

        Assert.DoesNotContain(await plain.ListToolsAsync(cancellationToken: Cancellation), tool => tool.Name == "refund_checkout");
        Assert.Contains(await named.ListToolsAsync(cancellationToken: Cancellation), tool => tool.Name == "refund_checkout");
        Assert.Equal("not_found", (await CallForErrorAsync("refund_checkout", Refund("cs_test_nothing", "a"), named)).GetProperty("code").GetString());
        Assert.Equal(["pending", "not_found"], (await AuditReader.ReadAsync(Redis.Connection, "key:r" + refunder)).Select(entry => entry["decision"]));
    }

    private StripeCall[] Refunds => [.. Stripe.Calls.Where(call => call is { Method: "POST", Path: "/v1/refunds" })];

    private static Dictionary<string, object?> Refund(string id, string key, long? amount = null, string? reason = null) => new()
    {
        ["session_id"] = id,
        ["amount"] = amount,
        ["reason"] = reason,
        ["idempotency_key"] = id + key,
    };

    private static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private async Task<string> PaidAsync(int price = 4999)
    {
        var id = (await SellAsync(("price_cents", price))).GetProperty("session_id").GetString()!;
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        return id;
    }

    private void NextRefund(long amount) => Stripe.Next(context => context.Response.WriteAsync(
        $$"""{"id":"re_1","object":"refund","amount":{{amount}},"currency":"usd","status":"succeeded","reason":"requested_by_customer"}""", Cancellation));

    private async Task<string?> CodeAsync(Dictionary<string, object?> arguments) =>
        (await CallForErrorAsync("refund_checkout", arguments)).GetProperty("code").GetString();
}
