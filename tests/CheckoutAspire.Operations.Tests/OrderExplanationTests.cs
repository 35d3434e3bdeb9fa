using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Tests;

public sealed class OrderExplanationTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 26, 9, 40, 0, TimeSpan.Zero);

    private static readonly Order s_order = new()
    {
        SessionId = "cs_test_a1",
        OrderRef = "ord_1",
        State = OrderState.Created,
        AmountSubtotal = 9998,
        AmountTotal = 9998,
        Currency = "usd",
        Sold = new SoldAmount(9998, 9998, "usd"),
        Payment = OrderPayment.Unpaid,
        Fulfillment = OrderFulfillment.None,
        Hold = 0,
        Refunds = [],
        Disputes = [],
        AmountRefunded = 0,
        AmountDisputed = 0,
        Livemode = false,
        PaymentStatus = "unpaid",
        TotalVaries = false,
        ProductId = "mug",
        ProductName = "Red mug",
        ClientReferenceId = "",
        Owner = "",
        LineItems = [],
        Fulfillments = 0,
        Timeline = [],
    };

    private static readonly Order s_claimed = s_order with { Payment = OrderPayment.Paid, Fulfillment = OrderFulfillment.Claimed };

    private static readonly Order s_held = s_claimed with
    {
        Fulfillment = OrderFulfillment.Held,
        Hold = 2,
        Causes = ["sale"],
        Reason = "amount_subtotal 9998 was sold, 1 was paid",
    };

    private static readonly Order s_fulfilled = s_claimed with { Fulfillment = OrderFulfillment.Fulfilled, FulfilledAt = s_now };

    public static TheoryData<string, string, Order> Explained() => new()
    {
        { "Waiting: Not paid yet", "The page is open until 2026-11-26 10:11:00 UTC. After that the order expires.", s_order with { ExpiresAt = s_now.AddMinutes(31) } },
        { "Waiting: Not paid", "The worker reads the result from Stripe with its next reconciliation.", s_order with { ExpiresAt = s_now.AddMinutes(-1) } },
        { "Waiting: Payment is processing", "The order is then fulfilled, or the payment has failed.", s_order with { Payment = OrderPayment.Processing } },
        { "Done: Payment failed", "Nothing.", s_order with { Payment = OrderPayment.Failed } },
        { "Done: Expired", "The buyer has paid nothing.", s_order with { Payment = OrderPayment.Expired } },
        { "Done: Replaced", "pays the other checkout", s_order with { ReplacedBy = "cs_test_b2", ExpiresAt = s_now.AddMinutes(31) } },
        { "Done: Replaced", "pays the other checkout", s_order with { ReplacedBy = "cs_test_b2", Payment = OrderPayment.Expired } },
        { "Waiting: Ready for fulfillment", "A worker claims it within seconds.", s_claimed with { Fulfillment = OrderFulfillment.Ready } },
        { "Waiting: Being fulfilled", "another one takes over after 2026-11-26 09:40:30 UTC.", s_claimed with { LeaseUntil = s_now.AddSeconds(30), Timeline = Steps("claimed") } },
        { "Waiting: Claimed", "Another worker takes over within seconds.", s_claimed with { LeaseUntil = s_now.AddSeconds(-1), Timeline = Steps("claimed") } },
        { "Waiting: Redriven", "A worker claims it within seconds.", s_claimed with { Timeline = Steps("claimed", "given_up", "redriven") } },
        { "Waiting: Ready for an attempt", "A worker claims it within seconds.", s_claimed with { Timeline = Steps("claimed", "postponed", "retried") } },
        { "Action: Given up", "Nothing, until an operator redrives its dead letter.", s_claimed with { Reason = "It failed.", Timeline = Steps("claimed", "given_up", "refunded") } },
        { "Waiting: Waiting for a retry", "The next attempt is due at 2026-11-26 13:40:00 UTC.", s_claimed with { LeaseUntil = s_now.AddHours(4), Timeline = Steps("claimed", "postponed") } },
        { "Waiting: Waiting for a handler", "It is fulfilled when the handler's next probe succeeds.", s_claimed with { Reason = "It waits for the handler ship, which is paused." } },
        { "Action: Given up", "until an operator redrives its dead letter", s_claimed with { Reason = "The handler ship failed (HTTP 500).", Timeline = Steps("claimed", "given_up") } },
        { "Action: Held for review", "Nothing, until an operator approves or rejects it.", s_held },
        { "Action: Held for review", "or its cause ends by itself: the dispute is won, or the refund fails.", s_held with { Causes = ["refunds", "du_1"] } },
        { "Action: Rejected", "99.98 USD of the buyer's money is still to be refunded.", s_held with { Fulfillment = OrderFulfillment.Rejected } },
        { "Done: Rejected", "It is never fulfilled.", s_held with { Fulfillment = OrderFulfillment.Rejected, AmountRefunded = 9998 } },
        { "Done: Rejected", "It is never fulfilled.", s_held with { Fulfillment = OrderFulfillment.Rejected, Payment = OrderPayment.Unpaid } },
        { "Done: Fulfilled", "It is never fulfilled again.", s_fulfilled },
        { "Done: Fulfilled and partly refunded", "It is never fulfilled again.", s_fulfilled with { AmountRefunded = 1000 } },
        { "Done: Fulfilled and refunded", "It is never fulfilled again.", s_fulfilled with { AmountRefunded = 9998 } },
        { "Action: Fulfilled and disputed", "Answer the dispute in Stripe's Dashboard.", s_fulfilled with { AmountDisputed = 9998 } },
    };

    [Theory]
    [MemberData(nameof(Explained), DisableDiscoveryEnumeration = true)]
    public void Every_state_says_what_happens_next(string title, string next, Order order)
    {
        var explanation = OrderExplanation.Of(order, s_now);

        Assert.Equal(title, $"{explanation.Tone}: {explanation.Title}");
        Assert.Contains(next, explanation.Next, StringComparison.Ordinal);
        Assert.NotEmpty(explanation.Why);
    }

    [Fact]
    public void An_order_that_waits_for_a_handler_says_what_paused_it()
    {
        var waiting = s_claimed with { Reason = "It waits for the handler ship, which is paused.", Timeline = Steps("claimed") };
        var probed = new HandlerState("ship", 10, s_now, s_now, s_now.AddMinutes(5), [], null, []);

        Assert.Equal(
            "It is fulfilled when a probe of the handler succeeds. The next one is due at 2026-11-26 09:45:00 UTC.", OrderExplanation.Of(waiting, s_now, [probed]).Next);
        var paused = OrderExplanation.Of(waiting, s_now, [probed with { PausedBy = "Ann: stocktaking", ProbeAt = null }]);
        Assert.Equal((Tone.Action, "It is fulfilled when an operator resumes the handler."), (paused.Tone, paused.Next));
        Assert.Contains("Ann: stocktaking", paused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_timeline_shows_the_calls_of_handlers_with_their_result_and_duration()
    {
        var order = s_fulfilled with
        {
            Timeline = [new TimelineEntry(s_now, "claimed", "fence 1"), new TimelineEntry(s_now.AddSeconds(9), "fulfilled", "fence 1")],
            Attempts =
            [
                new HandlerAttempt(s_now.AddSeconds(1), "ship", Succeeded: false, TimeSpan.FromMilliseconds(420)),
                new HandlerAttempt(s_now.AddSeconds(9), "ship", Succeeded: true, TimeSpan.FromSeconds(12)),
            ],
        };

        Assert.Equal(
            ["Claimed by a worker fence 1", "Handler ship failed after 420 ms", "Handler ship succeeded after 12 s", "Fulfilled fence 1"],
            Timeline.Of(order, [], []).Select(line => $"{line.What} {line.Detail}"));
    }

    [Fact]
    public void A_hold_says_its_causes_what_the_ledger_noted_and_that_the_order_is_not_paid()
    {
        var why = OrderExplanation.Of(s_held with { Payment = OrderPayment.Unpaid }, s_now).Why;

        Assert.Equal("The payment differs from the sale. The ledger noted: amount_subtotal 9998 was sold, 1 was paid. It is not paid.", why);
    }

    [Theory]
    [InlineData(9998, "usd", "99.98 USD")]
    [InlineData(1234567, "eur", "12,345.67 EUR")]
    [InlineData(500, "jpy", "500 JPY")]
    [InlineData(12340, "kwd", "12.340 KWD")]
    [InlineData(0, "", "0.00")]
    public void An_amount_has_the_decimals_of_its_currency(long amount, string currency, string written) => Assert.Equal(written, Amount.Write(amount, currency));

    [Theory]
    [InlineData("49.99", "usd", 4999L)]
    [InlineData(" 49.9 USD ", "usd", 4990L)]
    [InlineData("50", "usd", 5000L)]
    [InlineData("500", "jpy", 500L)]
    [InlineData("12.34", "kwd", 12340L)]
    [InlineData("49.999", "usd", null)]
    [InlineData("49,99", "usd", null)]
    [InlineData("1,000.00", "usd", null)]
    [InlineData("-5", "usd", null)]
    [InlineData("0.00", "usd", null)]
    [InlineData("5.5", "jpy", null)]
    [InlineData("1.234", "kwd", null)]
    [InlineData("1.50", "isk", null)]
    [InlineData("5.", "usd", null)]
    [InlineData("1e3", "usd", null)]
    [InlineData("99999999999999", "usd", null)]
    [InlineData("", "usd", null)]
    public void An_amount_is_read_in_the_major_unit_and_with_the_decimals_of_its_currency(string text, string currency, long? amount)
    {
        Assert.Equal(amount, Amount.Read(text, currency, out var refusal));
        Assert.Equal(amount is null, refusal.Length > 0);
    }

    [Theory]
    [InlineData(StripeMode.Sandbox, null)]
    [InlineData(StripeMode.Test, "https://dashboard.stripe.com/test/payments/pi_1")]
    [InlineData(StripeMode.Live, "https://dashboard.stripe.com/payments/pi_1")]
    public void Links_lead_to_the_dashboard_of_the_mode(StripeMode mode, string? address) =>
        Assert.Equal(address, StripeLinks.Of(s_order with { PaymentIntent = "pi_1" }, mode) is [var first, ..] ? first.Address : null);

    private static IReadOnlyList<TimelineEntry> Steps(params string[] steps) => [.. steps.Select(what => new TimelineEntry(s_now, what, "attempt 1: HTTP 500"))];
}
