using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Worker.Events;
using Microsoft.Extensions.Configuration;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The facts that events prove, member by member.</summary>
public sealed class EventFactsTests
{
    private const string Session =
        """
        {"id":"cs_1","object":"checkout.session","amount_subtotal":9998,"amount_total":8998,"client_reference_id":"cart_7","created":1763884800,
        "currency":"usd","expires_at":1763888400,"livemode":true,"mode":"payment","payment_intent":"pi_1","payment_status":"paid",
        "metadata":{"source":"mcp_server","deployment":"local","order_ref":"ref_1","owner":"own_1","product_id":"mug"}}
        """;

    private const string RenewalInvoice =
        """
        {"id":"in_1","object":"invoice","amount_paid":1900,"billing_reason":"subscription_cycle","created":1763884800,"currency":"usd",
        "livemode":true,"subtotal":2000,"parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1",
        "metadata":{"source":"mcp_server","deployment":"local","order_ref":"ref_1","product_id":"mug"}}}}
        """;

    private static readonly StripeOptions s_stripe = ReadOptions();

    private static readonly CheckoutFact s_paid = new()
    {
        SessionId = "cs_1",
        Source = "evt_1",
        Fact = PaymentStatusChange.Paid,
        Origin = SaleOrigin.Claimed,
        PaymentStatus = "paid",
        AmountSubtotal = 9998,
        AmountTotal = 8998,
        Currency = "usd",
        Livemode = true,
        PaymentIntent = "pi_1",
        Mode = "payment",
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(1_763_884_800),
        AsOf = null,
        ExpiresAt = 1_763_888_400,
        OrderRef = "ref_1",
        Owner = "own_1",
        ProductId = "mug",
        ClientReferenceId = "cart_7",
    };

    [Fact]
    public void A_paid_session_is_its_members() => Assert.Equal(s_paid, ReadSession(Session));

    [Fact]
    public void Optional_members_of_a_session_are_empty_when_absent()
    {
        var fact = ReadSession(Without(Session, "client_reference_id", "expires_at", "metadata", "mode", "payment_intent"));

        Assert.Equal(
            s_paid with { Origin = SaleOrigin.Foreign, ClientReferenceId = "", ExpiresAt = 0, Mode = "", OrderRef = "", Owner = "", PaymentIntent = "", ProductId = "" },
            fact);
    }

    [Fact]
    public void Metadata_without_our_names_is_not_ours_and_has_no_values() => Assert.Equal(
        s_paid with { Origin = SaleOrigin.Foreign, OrderRef = "", Owner = "", ProductId = "" },
        ReadSession(With(Session, "metadata", new JsonObject { ["cart"] = "7" })));

    [Theory]
    [InlineData(HandledEvents.CheckoutCompleted, "paid", PaymentStatusChange.Paid)]
    [InlineData(HandledEvents.CheckoutCompleted, "no_payment_required", PaymentStatusChange.Paid)]
    [InlineData(HandledEvents.CheckoutCompleted, "unpaid", PaymentStatusChange.Processing)]
    [InlineData(HandledEvents.AsyncPaymentSucceeded, "paid", PaymentStatusChange.Paid)]
    [InlineData(HandledEvents.AsyncPaymentSucceeded, "unpaid", PaymentStatusChange.Processing)]
    [InlineData(HandledEvents.AsyncPaymentFailed, "unpaid", PaymentStatusChange.Failed)]
    [InlineData(HandledEvents.AsyncPaymentFailed, "paid", PaymentStatusChange.Failed)]
    [InlineData(HandledEvents.CheckoutExpired, "unpaid", PaymentStatusChange.Expired)]
    [InlineData(HandledEvents.CheckoutExpired, "paid", PaymentStatusChange.Expired)]
    public void The_event_and_its_payment_status_are_the_fact(string type, string paymentStatus, PaymentStatusChange fact) =>
        Assert.Equal(fact, ReadSession(With(Session, "payment_status", paymentStatus), type).Fact);

    [Theory]
    [InlineData("")]
    [InlineData("Paid")]
    [InlineData("probably_paid")]
    public void A_payment_status_that_Stripe_does_not_document_proves_nothing(string paymentStatus) => Assert.Equal(
        "The payment_status is not one that Stripe documents.",
        Assert.Throws<UnreadableEventException>(() => ReadSession(With(Session, "payment_status", paymentStatus))).Message);

    [Theory]
    [InlineData("id")]
    [InlineData("amount_subtotal")]
    [InlineData("amount_total")]
    [InlineData("created")]
    [InlineData("currency")]
    [InlineData("livemode")]
    [InlineData("payment_status")]
    public void A_session_that_lacks_what_it_is_judged_by_is_unreadable(string member)
    {
        Assert.Equal(
            "The event's $.data.object is not of the documented type.",
            Assert.Throws<UnreadableEventException>(() => ReadSession(Without(Session, member))).Message);
        Assert.Equal(
            $"The event's $.data.object.{member} is not of the documented type.",
            Assert.Throws<UnreadableEventException>(() => ReadSession(With(Session, member, new JsonObject()))).Message);
    }

    /// <summary>The ledger separates values by spaces and line ends, and an order's key contains its id.</summary>
    [Theory]
    [InlineData("id", "cs_test_1\nx")]
    [InlineData("id", "")]
    [InlineData("currency", "usd was sold")]
    [InlineData("currency", "us\0")]
    [InlineData("payment_intent", "pi_ü")]
    [InlineData("subscription", "sub_1 x")]
    [InlineData("mode", "pay\rment")]
    public void An_id_or_a_code_that_would_break_the_ledger_s_values_is_unreadable(string member, string value) => Assert.Equal(
        "An id or a code of the event is not of the documented type.",
        Assert.Throws<UnreadableEventException>(() => ReadSession(With(Session, member, value))).Message);

    [Theory]
    [InlineData("null", "The event, or its object, is null.")]
    [InlineData("", "The event's $ is not of the documented type.")]
    [InlineData("[]", "The event's $ is not of the documented type.")]
    [InlineData("{}", "The event's $ is not of the documented type.")]
    [InlineData("{\"data\":{}}", "The event's $.data is not of the documented type.")]
    [InlineData("{\"data\":null}", "The event's $.data is not of the documented type.")]
    [InlineData("{\"data\":{\"object\":null}}", "The event, or its object, is null.")]
    public void An_event_without_its_object_is_unreadable(string body, string sentence) => Assert.Equal(
        sentence,
        Assert.Throws<UnreadableEventException>(() => EventJson.ReadCheckout(Encoding.UTF8.GetBytes(body))).Message);

    [Fact]
    public void A_failed_renewal_is_an_unpaid_order_for_what_is_due()
    {
        var fact = ReadInvoice(With(RenewalInvoice, "amount_due", 1950), HandledEvents.InvoicePaymentFailed)!;

        Assert.Equal(
            ("in_1", PaymentStatusChange.Failed, "unpaid", 2000, 1950), (fact.SessionId, fact.Fact, fact.PaymentStatus, fact.AmountSubtotal, fact.AmountTotal));
    }

    [Theory]
    [InlineData("past_due", "past_due", false)]
    [InlineData("canceled", "canceled", true)]
    [InlineData("incomplete_expired", "incomplete_expired", true)]
    public void A_subscription_is_its_status_and_whether_it_ended(string given, string status, bool ended)
    {
        var fact = EventJson.Read(
            EventOf(With("""{"id":"sub_1","cancel_at_period_end":true,"cancellation_details":{"reason":"payment_failed"}}""", "status", given)),
            EventJson.Default.StripeEventSubscriptionObject).ToFact(DateTimeOffset.UnixEpoch, readFromStripe: false);

        Assert.Equal((status, true, ended, "payment_failed"), (fact.State.Status, fact.State.EndsWithPeriod, fact.State.HasEnded, fact.Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("past due")]
    [InlineData("canceled\n1763884800 forged")]
    public void A_status_that_would_break_the_ledger_s_fields_is_unreadable(string status) => Assert.Throws<UnreadableEventException>(
        () => new SubscriptionObject { Id = "sub_1", Status = status }.ToFact(DateTimeOffset.UnixEpoch, readFromStripe: false));

    [Fact]
    public void A_renewal_is_a_paid_order_known_by_its_invoice() => Assert.Equal(
        s_paid with
        {
            SessionId = "in_1",
            IsRenewal = true,
            AmountSubtotal = 2000,
            AmountTotal = 1900,
            PaymentIntent = "",
            TotalVaries = true,
            Mode = "subscription",
            ExpiresAt = 0,
            Owner = "",
            ClientReferenceId = "",
        },
        ReadInvoice(RenewalInvoice));

    [Theory]
    [InlineData("subscription_create")]
    [InlineData("manual")]
    [InlineData(null)]
    public void An_invoice_for_another_reason_is_not_a_renewal(string? reason) =>
        Assert.Null(ReadInvoice(With(RenewalInvoice, "billing_reason", reason)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"subscription_details":null}""")]
    [InlineData("""{"subscription_details":{}}""")]
    [InlineData("""{"subscription_details":{"metadata":null}}""")]
    [InlineData("""{"subscription_details":{"metadata":{"cart":"7"}}}""")]
    public void A_renewal_without_our_metadata_is_not_ours(string parent)
    {
        var fact = ReadInvoice(With(RenewalInvoice, "parent", JsonNode.Parse(parent)))!;

        Assert.Equal((SaleOrigin.Foreign, "", ""), (fact.Origin, fact.OrderRef, fact.ProductId));
    }

    [Fact]
    public void A_refund_event_is_the_refund_s_state() => Assert.Equal(
        (ReturnKind.Refund, "re_1", "failed", 500, ReturnEffect.None),
        Summary(HandledEvents.RefundFailed, """{"id":"re_1","amount":500,"currency":"usd","payment_intent":"pi_1","status":"failed"}"""));

    [Fact]
    public void A_refunded_charge_is_what_was_refunded_of_it() => Assert.Equal(
        (ReturnKind.Charge, "ch_1", "refunded", 500, ReturnEffect.Counts),
        Summary(HandledEvents.ChargeRefunded, """{"id":"ch_1","amount":9998,"amount_refunded":500,"currency":"usd","payment_intent":"pi_1"}"""));

    [Theory]
    [InlineData("needs_response", ReturnEffect.Counts)]
    [InlineData("lost", ReturnEffect.Counts)]
    [InlineData("won", ReturnEffect.None)]
    [InlineData("warning_needs_response", ReturnEffect.Inquiry)]
    [InlineData("warning_closed", ReturnEffect.None)]
    public void A_dispute_withholds_money_by_its_status(string status, ReturnEffect effect) => Assert.Equal(
        (ReturnKind.Dispute, "du_1", status, 9998, effect),
        Summary(HandledEvents.DisputeUpdated, $$"""{"id":"du_1","amount":9998,"currency":"usd","status":"{{status}}"}"""));

    [Theory]
    [InlineData("evt_1NG8Du2eZvKYlo2CUI79vXWy", "evt_1NG8Du2eZvKYlo2CUI79vXWy")]
    [InlineData("reconciliation_cs_test_1", CheckoutFact.Reconciliation)]
    [InlineData("evt_1\n1763884800123 fulfilled", "")]
    [InlineData("evt_1 2", "")]
    [InlineData("another", "")]
    [InlineData("", "")]
    public void A_fact_names_the_event_that_reported_it(string id, string source) =>
        Assert.Equal(source, EventSource.Of(new EventEntry(id, HandledEvents.CheckoutCompleted, "cs_1", Livemode: false, "", default, "{}")));

    private static (ReturnKind, string, string, long, ReturnEffect) Summary(string type, string json)
    {
        var fact = EventJson.Read(EventOf(json), EventJson.Default.StripeEventReturnObject).ToFact(type, DateTimeOffset.UnixEpoch, readFromStripe: false);
        return (fact.Kind, fact.Id, fact.Status, fact.Amount, fact.Effect);
    }

    private static StripeOptions ReadOptions()
    {
        var options = new StripeOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection([new("STRIPE_SECRET_KEY", "sk_test_1")]).Build());
        return options;
    }

    private static CheckoutFact ReadSession(string session, string type = HandledEvents.CheckoutCompleted) =>
        EventJson.ReadCheckout(EventOf(session)).Data.Object.ToFact(type, s_stripe, asOf: null, "evt_1");

    private static CheckoutFact? ReadInvoice(string invoice, string type = HandledEvents.InvoicePaid) => CheckoutEventReader.ReadRenewal(
        new EventEntry("evt_1", type, "in_1", Livemode: false, "", default, EventOf(invoice)))?.Invoice.ToFact(type, s_stripe, sale: null, asOf: null, "evt_1");

    private static byte[] EventOf(string json) => Encoding.UTF8.GetBytes($$$"""{"id":"evt_1","data":{"previous_attributes":{},"object":{{{json}}}}}""");

    private static string With(string json, string member, JsonNode? value)
    {
        var changed = JsonNode.Parse(json)!.AsObject();
        changed[member] = value;
        return changed.ToJsonString();
    }

    private static string Without(string json, params string[] members)
    {
        var changed = JsonNode.Parse(json)!.AsObject();
        Array.ForEach(members, member => changed.Remove(member));
        return changed.ToJsonString();
    }
}
