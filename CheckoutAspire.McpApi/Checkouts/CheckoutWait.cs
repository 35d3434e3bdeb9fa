using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Waits until an order is settled, told by the ledger's own changes: Stripe is not asked, however many wait.</summary>
internal sealed class CheckoutWait(OrderChanges changes, CheckoutLookup lookup, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // Often enough that neither a proxy nor a client takes the call for dead.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Returns as soon as the order is settled, or when the time is over, with where the order stands then.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="caller">Who waits.</param>
    /// <param name="atMost">How long.</param>
    /// <param name="report">Told where the order stands and for how long it has been waited: at first, at each step, and now and then.</param>
    /// <param name="cancellationToken">The caller gave up.</param>
    /// <exception cref="CheckoutException">There is no such session, or nobody can say.</exception>
    public async Task<CheckoutDetails> RunAsync(
        string sessionId, Caller caller, TimeSpan atMost, Func<CheckoutDetails, TimeSpan, Task> report, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);

        // Watched first and read then, or a step between the two would be missed.
        using var watch = await changes.WatchAsync(sessionId);
        var checkout = await lookup.RecallAsync(sessionId, caller, cancellationToken);
        while (!checkout.IsSettled)
        {
            var waited = time.GetElapsedTime(begun);
            if (waited >= atMost || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return checkout with { StillWaiting = true };
            }

            await report(checkout, waited);
            await NextAsync(watch, atMost - waited, ending.Token, cancellationToken);
            checkout = await lookup.RecallAsync(sessionId, caller, cancellationToken);
        }

        return checkout;
    }

    // A server that stops answers those who wait: they ask its successor.
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
