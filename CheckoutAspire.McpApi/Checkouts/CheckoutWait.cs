using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Waits until an order is settled. It follows the ledger's changes and never calls Stripe for an order that the ledger has.</summary>
internal sealed class CheckoutWait(OrderChanges changes, CheckoutLookup lookup, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // Often enough that no proxy or client considers the call dead.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Returns the checkout as soon as its order is settled or the timeout has passed.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="caller">The caller.</param>
    /// <param name="buyerRef">The buyer whose session it must be, or null for any of the caller's.</param>
    /// <param name="timeout">The longest time to wait.</param>
    /// <param name="report">Receives the checkout and the time waited: at first, at each step, and at least every ten seconds.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    /// <exception cref="CheckoutException">The ledger has no such session of the caller.</exception>
    public async Task<CheckoutDetails> RunAsync(
        string sessionId, Caller caller, string? buyerRef, TimeSpan timeout, Func<CheckoutDetails, TimeSpan, Task> report, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);

        // The watch starts before the order is read, so that no step in between is missed.
        using var watch = await changes.WatchAsync(sessionId);
        var checkout = await lookup.GetFromLedgerAsync(sessionId, caller);
        if (buyerRef is not null && checkout.BuyerRef != buyerRef)
        {
            throw new CheckoutException(CheckoutErrorCode.NotFound, "There is no checkout with this session_id for this buyer_ref.", "session_id");
        }

        while (!checkout.IsSettled)
        {
            var waited = time.GetElapsedTime(started);
            if (waited >= timeout || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return checkout with { StillWaiting = true };
            }

            await report(checkout, waited);
            await NextAsync(watch, timeout - waited, ending.Token, cancellationToken);
            checkout = await lookup.GetFromLedgerAsync(sessionId, caller);
        }

        return checkout;
    }

    // A server that shuts down returns to its waiting callers, which call another instance.
    private async Task NextAsync(OrderWatch watch, TimeSpan left, CancellationToken ending, CancellationToken cancellationToken)
    {
        try
        {
            await watch.WaitAsync(left < s_heartbeat ? left : s_heartbeat, time, ending);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }
}
