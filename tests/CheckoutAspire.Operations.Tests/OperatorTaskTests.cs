using System.Text.RegularExpressions;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Operations.Tests;

/// <summary>What operators do, in a real browser and with the keyboard only.</summary>
[Trait("loop", "long")]
public sealed class OperatorTaskTests(Browser browser) : BrowserTest(browser)
{
    [Fact]
    public async Task An_operator_finds_an_order_by_its_number_and_sees_why_it_is_held()
    {
        var id = await HoldAsync();
        var number = (await FindAsync(id)).Number;
        await SignInAsync(width: 360);

        await Page.GetByLabel("Search").FillAsync(number);
        await Page.Keyboard.PressAsync("Enter");

        await Expect(Page.Locator("h1")).ToHaveTextAsync($"Order {number}");
        await Expect(Page.Locator("main")).ToContainTextAsync("The payment differs from the sale. The ledger noted: amount_subtotal 9998 was sold, 1 was paid.");
        await Expect(Page.Locator("main")).ToContainTextAsync("Nothing, until an operator approves or rejects it.");
    }

    [Fact]
    public async Task An_operator_finds_an_order_by_the_buyer_s_address_and_refunds_half_of_it()
    {
        await using var stripe = new StripeSide();
        var session = await stripe.SellAndPayAsync();
        await Ledger.SellAsync(session.Id);
        await Ledger.Transitions.ApplyAsync(
            LedgerKit.Fact(session.Id) with { PaymentIntent = session.PaymentIntentId }, LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        await SignInAsync(settings: ("STRIPE_API_BASE", stripe.Address));

        await Page.GetByLabel("Search").FillAsync("buyer@example.com");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator("h1")).ToHaveTextAsync($"Order {(await FindAsync(session.Id)).Number}");
        Assert.DoesNotContain("buyer", Page.Url, StringComparison.Ordinal);

        await PressLinkAsync("Refund…");
        await Page.GetByLabel("Amount in USD").FillAsync("49.999");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("USD has at most 2 decimals.");
        await Page.GetByLabel("Amount in USD").FillAsync("49.99");
        await PressAsync(Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }));
        await Expect(Page.Locator("main")).ToContainTextAsync("This asks Stripe to send 49.99 USD back to the buyer.");
        await ConfirmAsync("Refund 49.99 USD");

        await Expect(Page.GetByRole(AriaRole.Status)).ToContainTextAsync("Stripe has made the refund.");
        await Expect(Page.Locator(".timeline")).ToContainTextAsync("A refund was asked for by an operator Ann: the buyer called (49.99 USD)");
        var refunds = await new Stripe.RefundService(stripe.Client).ListAsync(new() { PaymentIntent = session.PaymentIntentId }, cancellationToken: Canceled);
        Assert.Equal(4999, Assert.Single(refunds.Data).Amount);
    }

    [Theory]
    [InlineData("Approve", OrderFulfillment.Ready, "Approved by an operator")]
    [InlineData("Reject", OrderFulfillment.Rejected, "Rejected by an operator")]
    public async Task An_operator_decides_about_a_held_order(string verb, OrderFulfillment fulfillment, string step)
    {
        var id = await HoldAsync();
        await SignInAsync("/needs-review");

        await PressLinkAsync((await FindAsync(id)).Number);
        await PressLinkAsync(verb + "…");
        await Expect(Page.Locator("main")).ToContainTextAsync(verb == "Approve" ? "This fulfills the order." : "This ends the order.");
        await ConfirmAsync($"{verb} the order");

        await Expect(Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The order is");
        await Expect(Page.Locator(".timeline")).ToContainTextAsync($"{step} Ann: the buyer called");
        Assert.Equal(fulfillment, (await FindAsync(id)).Fulfillment);
    }

    [Fact]
    public async Task An_operator_redrives_five_hundred_dead_letters_by_reason()
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Ledger.SellAsync()));
        await Task.WhenAll(sold.Select(order => DeadLetterAsync(order.SessionId)));
        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        await SignInAsync("/dead");

        await Page.GetByLabel("Reason contains").FillAsync("http 500");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page).ToHaveURLAsync(new Regex("matching=http"));
        await PressLinkAsync("Redrive all that match…");
        await Expect(Page.Locator("main")).ToContainTextAsync("This processes 500 dead letters once more.");
        await ConfirmAsync("Redrive dead letters");

        await Expect(Page.GetByRole(AriaRole.Status)).ToContainTextAsync("Done at");
        await Expect(Page.Locator("main")).ToContainTextAsync("Done500");
        Assert.Equal(500, await Redis.Database.StreamLengthAsync(Partition.Events));
        Assert.Equal(1, await Redis.Database.StreamLengthAsync(Partition.Dead));
    }

    [Theory]
    [InlineData("Redrive", "redriven")]
    [InlineData("Dismiss", "dismissed")]
    public async Task An_operator_decides_about_a_dead_letter(string verb, string step)
    {
        var id = await DeadLetterAsync((await Ledger.SellAsync()).SessionId);
        await SignInAsync("/dead", width: 360);

        await PressLinkAsync($"{verb} {id}");
        await Expect(Page.Locator("h1")).ToHaveTextAsync($"{verb} a dead letter");
        await ConfirmAsync($"{verb} the dead letter");

        await Expect(Page.Locator("main")).ToContainTextAsync("There are no dead letters.");
        Assert.Contains(await Redis.Database.StreamRangeAsync(Partition.Journal), entry => entry["what"] == step);
    }

    [Fact]
    public async Task An_operator_pauses_and_resumes_a_handler()
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "ship");
        var handlers = new HandlerLedger(Redis.Connection);
        await SignInAsync("/handlers");

        await PressLinkAsync("Pause ship");
        await Expect(Page.Locator("main")).ToContainTextAsync("This stops every call of the handler within a few seconds, until an operator resumes it.");
        await ConfirmAsync("Pause the handler");
        await Expect(Page.Locator("main")).ToContainTextAsync("Paused by an operator since");
        Assert.Equal("Ann: the buyer called", (await handlers.FindAsync("ship")).PausedBy);

        await PressLinkAsync("Resume ship");
        await ConfirmAsync("Resume the handler");
        await Expect(Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The handler is resumed.");
        Assert.Null((await handlers.FindAsync("ship")).PausedAt);
    }

    private async Task<Order> FindAsync(string id) => (await Ledger.Orders.FindAsync(id))!;
}
