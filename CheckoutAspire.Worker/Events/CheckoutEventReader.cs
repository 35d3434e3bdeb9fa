using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Events;

/// <summary>Reads the fact that an entry proves about an order.</summary>
internal sealed class CheckoutEventReader(OrderLedger orders, IOptions<StripeOptions> stripe)
{
    private readonly string _deployment = stripe.Value.Deployment;

    /// <returns>The fact; null when the event is true and none of the orders' business.</returns>
    /// <exception cref="UnreadableEventException">The event is not what Stripe documents.</exception>
    public async ValueTask<CheckoutFact?> ReadAsync(EventEntry entry) => entry.Type.ToString() switch
    {
        HandledEvents.InvoicePaid => EventJson.Read(entry.Body, EventJson.Default.StripeEventInvoice).ToFact(_deployment),
        HandledEvents.OrderApproved => await ReadApprovedAsync(entry.ObjectId.ToString()),
        var checkout => EventJson.Read(entry.Body, EventJson.Default.StripeEventCheckoutSession).ToFact(checkout, _deployment),
    };

    /// <summary>An operator approved it: what the ledger holds is the fact.</summary>
    private async ValueTask<CheckoutFact?> ReadApprovedAsync(string sessionId) =>
        await orders.FindAsync(sessionId) is not { } order ? null : new CheckoutFact
        {
            SessionId = sessionId,
            Fact = PaymentStatusChange.Paid,
            Ours = true,
            PaymentStatus = order.PaymentStatus,
            AmountSubtotal = order.AmountSubtotal,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
            Livemode = order.Livemode,
            PaymentIntent = order.PaymentIntent ?? "",
            Mode = order.Mode ?? "",
            CreatedAt = order.Timeline.Count > 0 ? order.Timeline[0].At : default,
            OrderRef = order.OrderRef,
            ProductId = order.ProductId,
            ClientReferenceId = order.ClientReferenceId,
        };
}
