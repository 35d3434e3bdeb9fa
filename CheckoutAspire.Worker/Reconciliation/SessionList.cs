using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The Checkout Sessions: payments, expiries, and bank debits that arrived or failed.</summary>
internal sealed class SessionList(
    OrderLedger orders, ReconciliationIndex index, IOptions<StripeOptions> stripe, IOptions<WorkerOptions> options, TimeProvider time) : IStripeList
{
    private readonly string _deployment = stripe.Value.Deployment;

    public string Name => ReconciliationCursor.Sessions;

    /// <summary>A session does not say that its debit failed; its payment intent does.</summary>
    public string Path => "/v1/checkout/sessions?expand[]=data.payment_intent";

    /// <summary>A session lives for a day at most. A debit that is still processing then is found by <see cref="WaitingDebits"/>.</summary>
    public TimeSpan ChangesFor => TimeSpan.FromHours(25);

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (!item.IsOurs(_deployment) || item.Text("id") is not { } id)
        {
            return null;
        }

        if (IsWaiting(item))
        {
            await index.AddWaitingAsync(id, time.GetUtcNow());
        }

        var type = item.Text("status") switch
        {
            "complete" when HasFailed(item) => HandledEvents.AsyncPaymentFailed,
            "complete" => HandledEvents.CheckoutCompleted,
            "expired" => HandledEvents.CheckoutExpired,
            _ => null,
        };
        return type is null || await orders.FindAsync(id) is var order && IsSettled(order, item, type)
            ? null
            : new Finding(type, item) { State = order?.State is OrderState.NeedsReview ? $"{type} {item.Text("payment_status")}" : null };
    }

    /// <summary>Whether the session may still change: it is open, or its debit is processing.</summary>
    public static bool MayChange(JsonObject session) => session.Text("status") == "open" || IsWaiting(session);

    /// <summary>
    /// A session whose debit failed stays <c>complete</c> and <c>unpaid</c>, and its intent asks for another payment method
    /// (<see href="https://docs.stripe.com/payments/paymentintents/lifecycle"/>).
    /// </summary>
    private static bool HasFailed(JsonObject session) =>
        session.Text("payment_status") == "unpaid" && session.Object("payment_intent")?.Text("status") is "requires_payment_method" or "canceled";

    private static bool IsWaiting(JsonObject session) =>
        session.Text("status") == "complete" && session.Text("payment_status") == "unpaid" && !HasFailed(session);

    private bool IsSettled(Order? order, JsonObject session, string type) => order?.State switch
    {
        OrderState.Fulfilled => true,
        OrderState.NeedsReview => order.Payment is OrderPayment.Paid || order.Payment == PaymentOf(session, type),
        OrderState.Claimed => !order.IsAbandoned(options.Value.Lease, time.GetUtcNow()),
        OrderState.AwaitingPayment => IsWaiting(session),
        OrderState.Failed => session.Text("payment_status") == "unpaid",
        OrderState.Expired => type == HandledEvents.CheckoutExpired,
        _ => false,
    };

    /// <summary>The payment that the session reports.</summary>
    private static OrderPayment PaymentOf(JsonObject session, string type) => type switch
    {
        HandledEvents.CheckoutExpired => OrderPayment.Expired,
        HandledEvents.AsyncPaymentFailed => OrderPayment.Failed,
        _ => session.Text("payment_status") == "unpaid" ? OrderPayment.Processing : OrderPayment.Paid,
    };
}
