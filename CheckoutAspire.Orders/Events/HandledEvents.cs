using System.Text;

namespace CheckoutAspire.Orders.Events;

/// <summary>The event types that move an order. Any other of Stripe's is acknowledged and counted, never stored.</summary>
public static class HandledEvents
{
    /// <summary>The buyer finished the hosted page: paid, or a payment is on its way.</summary>
    public const string CheckoutCompleted = "checkout.session.completed";

    /// <summary>A delayed payment arrived.</summary>
    public const string AsyncPaymentSucceeded = "checkout.session.async_payment_succeeded";

    /// <summary>A delayed payment failed.</summary>
    public const string AsyncPaymentFailed = "checkout.session.async_payment_failed";

    /// <summary>The session expired unpaid.</summary>
    public const string CheckoutExpired = "checkout.session.expired";

    /// <summary>A charge was refunded, in part or whole.</summary>
    public const string ChargeRefunded = "charge.refunded";

    /// <summary>The buyer's bank disputes a charge.</summary>
    public const string DisputeCreated = "charge.dispute.created";

    /// <summary>An invoice was paid: for a subscription, its first payment or a renewal.</summary>
    public const string InvoicePaid = "invoice.paid";

    /// <summary>Our own: an operator approved an order. Never accepted from outside.</summary>
    public const string OrderApproved = "checkout_aspire.order.approved";

    private static readonly byte[][] s_fromStripe =
    [
        .. new[]
        {
            CheckoutCompleted, AsyncPaymentSucceeded, AsyncPaymentFailed, CheckoutExpired, ChargeRefunded, DisputeCreated, InvoicePaid,
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Whether a type tells of a payment's fate after the checkout.</summary>
    public static bool IsAboutPayment(string type) => type is ChargeRefunded or DisputeCreated;

    /// <summary>Whether the receiver stores a type, given in UTF-8 as on the wire.</summary>
    public static bool Contains(ReadOnlySpan<byte> type)
    {
        foreach (var handled in s_fromStripe)
        {
            if (type.SequenceEqual(handled))
            {
                return true;
            }
        }

        return false;
    }
}
