using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Events;

/// <summary>Reads the fact about an order's payment that an entry proves.</summary>
internal sealed class CheckoutEventReader(OrderLedger orders, IOptions<StripeOptions> stripe)
{
    private readonly StripeOptions _stripe = stripe.Value;

    /// <summary>Reads a session's event, or the release of a hold.</summary>
    /// <returns>The fact; null if the order of a release does not exist.</returns>
    /// <exception cref="UnreadableEventException">The event is not what Stripe documents.</exception>
    public async ValueTask<CheckoutFact?> ReadAsync(EventEntry entry) => entry.Type.ToString() switch
    {
        HandledEvents.OrderReleased or HandledEvents.OrderApproved => await ReadReleasedAsync(entry.ObjectId.ToString()),
        var checkout => ReadCheckout(entry, checkout),
    };

    /// <summary>The invoice, if it is an order of its own, or null.</summary>
    /// <exception cref="UnreadableEventException">The event is not what Stripe documents.</exception>
    public static (Invoice Invoice, DateTimeOffset? AsOf)? ReadRenewal(EventEntry entry)
    {
        var read = EventJson.ReadEvent(entry.Body, EventJson.Default.StripeEventInvoice);
        return read.Data.Object.IsOrder ? (read.Data.Object, EventTime.AsOf(entry, read.Created)) : null;
    }

    /// <summary>Whether an event that cannot be read concerns this installation.</summary>
    public async Task<bool> ConcernsUsAsync(EventEntry entry, UnreadEvent? unread) =>
        unread is not { } seen || seen.MayBeOurs || await orders.FindAsync(entry.ObjectId.ToString()) is not null;

    private CheckoutFact ReadCheckout(EventEntry entry, string type)
    {
        var read = EventJson.ReadCheckout(entry.Body);
        return read.Data.Object.ToFact(type, _stripe, EventTime.AsOf(entry, read.Created), EventSource.Of(entry));
    }

    /// <summary>The fact of a hold that ended: the ledger's own values, without a payment change.</summary>
    private async ValueTask<CheckoutFact?> ReadReleasedAsync(string sessionId) =>
        await orders.FindAsync(sessionId) is not { } order ? null : FactOf(sessionId, order);

    private static DateTimeOffset CreatedAt(Order order) => order.Timeline.Count > 0 ? order.Timeline[0].At : default;

    /// <summary>
    /// The decision is new, but the order may have been fulfilled in a part of the ledger that Redis has lost since. If it was recorded from an event, that
    /// record may be the second one of the order, and only the witness tells.
    /// </summary>
    private static DateTimeOffset? AsOf(Order order) => order.Timeline is [{ Detail.Length: > 0 }, ..] ? null : CreatedAt(order);

    private static CheckoutFact FactOf(string sessionId, Order order) => new()
    {
        SessionId = sessionId,
        Fact = PaymentStatusChange.None,
        Origin = SaleOrigin.Proven,
        PaymentStatus = order.PaymentStatus,
        AmountSubtotal = order.AmountSubtotal,
        AmountTotal = order.AmountTotal,
        Currency = order.Currency,
        Livemode = order.Livemode,
        PaymentIntent = order.PaymentIntent ?? "",
        Mode = order.Mode ?? "",
        CreatedAt = CreatedAt(order),

        AsOf = AsOf(order),
        OrderRef = order.OrderRef,
        Owner = order.Owner,
        ProductId = order.ProductId,
        ClientReferenceId = order.ClientReferenceId,
    };
}
