using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// The sessions that wait for a payment, for example a bank debit, which takes up to two weeks. Each pass asks Stripe for a share of them,
/// starting with those that were asked for least recently.
/// </summary>
internal sealed class WaitingDebits(
    StripeReader stripe, OrderLedger orders, ReconciliationIndex index, SessionList sessions, ListReading reading, TimeProvider time)
{
    /// <summary>The list's name in telemetry and logs.</summary>
    public const string Name = "waiting";

    /// <summary>The most sessions that one pass asks Stripe for.</summary>
    public const int Share = 200;

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await index.AddOverdueAsync(time.GetUtcNow());
        foreach (var id in await index.FindWaitingAsync(Share))
        {
            // Moved to the end of the queue before the request, so that a session that fails is not the first one of the next pass again.
            await index.MoveToEndAsync(id, time.GetUtcNow());
            await reading.CompareAsync(Name, id, () => CompareAsync(id, cancellationToken));
        }
    }

    private async Task<Finding?> CompareAsync(string id, CancellationToken cancellationToken)
    {
        if (await orders.FindAsync(id) is { State: OrderState.Fulfilled or OrderState.Failed or OrderState.Expired }
            or { State: OrderState.NeedsReview, Payment: OrderPayment.Paid or OrderPayment.Failed or OrderPayment.Expired })
        {
            await index.RemoveWaitingAsync(id);
            return null;
        }

        var session = await stripe.GetJsonAsync($"/v1/checkout/sessions/{Uri.EscapeDataString(id)}?expand[]=payment_intent", cancellationToken);
        var finding = await sessions.CompareAsync(session, cancellationToken);
        if (finding is null && !SessionList.MayChange(session))
        {
            await index.RemoveWaitingAsync(id);
        }

        return finding;
    }
}
