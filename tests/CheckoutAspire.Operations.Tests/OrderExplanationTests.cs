using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

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
        { "Waiting: Waiting for a retry", "The next attempt is due at 2026-11-26 13:40:00 UTC.", s_claimed with { LeaseUntil = s_now.AddHours(4), Timeline = Steps("claimed", "postponed") } },
        { "Waiting: Waiting for a handler", "It is fulfilled when the handler's next probe succeeds.", s_claimed with { Reason = "It waits for the handler ship, which is paused." } },
        { "Action: Given up", "until an operator redrives its dead letter", s_claimed with { Reason = "The handler ship failed (HTTP 500).", Timeline = Steps("claimed", "given_up") } },
        { "Action: Held for review", "Nothing, until an operator approves or rejects it.", s_held },
        { "Action: Held for review", "or its cause ends by itself: the dispute is won, or the refund fails.", s_held with { Causes = ["refunds", "du_1"] } },
        { "Action: Rejected", "99.98 USD of the buyer's money is still to be refunded at Stripe.", s_held with { Fulfillment = OrderFulfillment.Rejected } },
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
    [InlineData(StripeMode.Sandbox, null)]
    [InlineData(StripeMode.Test, "https://dashboard.stripe.com/test/payments/pi_1")]
    [InlineData(StripeMode.Live, "https://dashboard.stripe.com/payments/pi_1")]
    public void Links_lead_to_the_dashboard_of_the_mode(StripeMode mode, string? address) =>
        Assert.Equal(address, StripeLinks.Of(s_order with { PaymentIntent = "pi_1" }, mode) is [var first, ..] ? first.Address : null);

    private static IReadOnlyList<TimelineEntry> Steps(params string[] steps) => [.. steps.Select(what => new TimelineEntry(s_now, what, "attempt 1: HTTP 500"))];
}
