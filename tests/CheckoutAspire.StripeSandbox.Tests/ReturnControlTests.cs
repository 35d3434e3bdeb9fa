using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Stripe;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary><c>/sandbox</c>: refunds, disputes, subscriptions and currencies without a key.</summary>
[Trait("loop", "long")]
public sealed class ReturnControlTests(Browser browser) : IDisposable
{
    private readonly SandboxServer _sandbox = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_paid_session_is_refunded_and_the_refund_fails()
    {
        var session = await PaidAsync();

        var refunded = await DoAsync("sessions/newest/refund");
        var again = await DoAsync($"sessions/{session.Id}/refund");
        var failed = await DoAsync("refunds/newest/fail");
        var charge = (await new ChargeService(_sandbox.Stripe).ListAsync(cancellationToken: Cancellation)).Data.Single();

        Assert.Equal(session.Id, (string?)refunded["id"]);
        Assert.Equal("The session is complete and paid. Possible actions: dispute, inquire.", (string?)again["error"]);
        Assert.Equal(("failed", "$99.98"), ((string?)failed["status"], (string?)failed["amount"]));
        Assert.Equal((0L, false), (charge.AmountRefunded, charge.Refunded));
    }

    [Fact]
    public async Task A_pending_refund_succeeds_at_once()
    {
        await PaidAsync("4000000000007726");
        await DoAsync("sessions/newest/refund");

        var succeeded = await DoAsync("refunds/newest/succeed");

        Assert.Equal("succeeded", (string?)succeeded["status"]);
        Assert.Equal(9998, (await new ChargeService(_sandbox.Stripe).ListAsync(cancellationToken: Cancellation)).Data.Single().AmountRefunded);
    }

    [Theory]
    [InlineData("dispute", "win", "won", "charge.dispute.funds_reinstated")]
    [InlineData("dispute", "lose", "lost", "charge.dispute.closed")]
    [InlineData("dispute", "review", "under_review", "charge.dispute.updated")]
    [InlineData("inquire", "close", "warning_closed", "charge.dispute.closed")]
    [InlineData("inquire", "review", "warning_under_review", "charge.dispute.updated")]
    [InlineData("inquire", "escalate", "needs_response", "charge.dispute.funds_withdrawn")]
    public async Task A_dispute_can_reach_every_status(string opening, string action, string status, string lastEvent)
    {
        await PaidAsync();
        await DoAsync($"sessions/newest/{opening}");

        var dispute = await DoAsync($"disputes/newest/{action}");

        Assert.Equal(status, (string?)dispute["status"]);
        Assert.Equal(status, (await new DisputeService(_sandbox.Stripe).GetAsync((string)dispute["id"]!, cancellationToken: Cancellation)).Status);
        Assert.Equal(lastEvent, (await _sandbox.EventTypesAsync())[^1]);
    }

    [Fact]
    public async Task A_closed_dispute_allows_no_action()
    {
        await PaidAsync();
        await DoAsync("sessions/newest/dispute");
        var won = await DoAsync("disputes/newest/win");

        var again = await DoAsync($"disputes/{won["id"]}/lose");

        Assert.Equal("No action is possible: the dispute is won.", (string?)again["error"]);
    }

    [Fact]
    public async Task A_subscription_is_billed_declined_collected_and_canceled()
    {
        var session = await _sandbox.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
        });
        await _sandbox.PayByCardAsync(session);

        var statuses = new List<string?>();
        foreach (var action in new[] { "bill", "decline", "collect", "cancel" })
        {
            statuses.Add((string?)(await DoAsync($"subscriptions/newest/{action}"))["status"]);
        }

        Assert.Equal(["active", "past_due", "active", "canceled"], statuses);
        Assert.Equal(
            ["invoice.payment_failed", "customer.subscription.deleted"],
            (await _sandbox.EventTypesAsync()).Where(type => type is "invoice.payment_failed" or "customer.subscription.deleted"));
    }

    [Fact]
    public async Task The_newest_session_is_localized()
    {
        var price = await new PriceService(_sandbox.Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 1000,
                CurrencyOptions = new() { ["eur"] = new PriceCurrencyOptionsOptions { UnitAmount = 900 } },
                ProductData = new PriceProductDataOptions { Name = "Mug" },
            },
            cancellationToken: Cancellation);
        await _sandbox.CreateAsync(options => options.LineItems = [new SessionLineItemOptions { Price = price.Id, Quantity = 1 }]);

        var localized = await DoAsync("sessions/newest/currency/eur");
        var refused = await DoAsync("sessions/newest/currency/gbp");

        Assert.Equal("€9.00", (string?)localized["amount"]);
        Assert.Equal("This session can be presented in usd, eur.", (string?)refused["error"]);
    }

    [Theory]
    [InlineData("refund.created", "refund")]
    [InlineData("charge.refunded", "refund")]
    [InlineData("charge.dispute.created", "dispute")]
    [InlineData("charge.dispute.funds_withdrawn", "dispute")]
    public async Task Events_of_returns_can_be_lost(string type, string action)
    {
        await _sandbox.PostAsync("/sandbox/faults", new { kind = "event_lost", event_type = type });
        await PaidAsync();

        await DoAsync($"sessions/newest/{action}");
        var lost = await _sandbox.EventTypesAsync();

        Assert.DoesNotContain(type, lost);
    }

    [Fact]
    public async Task The_page_has_buttons_for_refunds_and_disputes()
    {
        var session = await PaidAsync();
        var page = await browser.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync(new Uri(_sandbox.Address, "/sandbox").ToString());

        await Button(page, "#sessions", "refund").ClickAsync();
        await Button(page, "#refunds", "fail").ClickAsync();
        await Expect(page.Locator("#refunds tbody tr")).ToContainTextAsync("failed");
        await Button(page, "#sessions", "inquire").ClickAsync();
        await Button(page, "#disputes", "close").ClickAsync();
        await Expect(page.Locator("#disputes tbody tr")).ToContainTextAsync("warning_closed");

        Assert.Equal("complete", (await _sandbox.GetAsync(session.Id)).Status);

        static ILocator Button(IPage page, string table, string name) =>
            page.Locator($"{table} tbody").GetByRole(AriaRole.Button).Filter(new() { HasText = name });
    }

    private async Task<Session> PaidAsync(string number = "4242424242424242")
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session, number);
        return session;
    }

    private async Task<JsonNode> DoAsync(string path)
    {
        using var client = _sandbox.Anonymous();
        using var response = await client.PostAsync($"/sandbox/{path}", null, Cancellation);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }
}
