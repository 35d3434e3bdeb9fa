using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Decides about orders after Redis has lost the ledger or its last writes: a restored backup, a promoted replica, a truncated file. This
/// ledger does not know what was fulfilled then; the witness at Stripe does. Each entry that has to ask does so by itself, under the budget that all calls of Stripe share.
/// </summary>
internal sealed partial class LostLedger(StripeReader account, OrderTransitions transitions, ILogger<LostLedger> logger) : IDisposable
{
    private const int AskingAtOnce = 16;

    private readonly SemaphoreSlim _asking = new(AskingAtOnce);

    /// <summary>
    /// Restores a paid session that is older than this ledger. The witness decides whether it was fulfilled; without a witness, an operator does.
    /// </summary>
    public async Task<Outcome> RestoreAsync(CheckoutFact fact, InFlightEntry entry, CancellationToken cancellationToken)
    {
        var outcome = await transitions.RestoreAsync(fact, entry.Id, await AskAsync(fact.SessionId, entry, cancellationToken));
        Log.Restored(logger, fact.SessionId, outcome.Name());

        // The order was fulfilled earlier, not by this entry.
        return outcome is Outcome.Fulfilled ? Outcome.Duplicate : outcome;
    }

    /// <summary>Asks the witness about an order that is older than the Redis server that holds the ledger.</summary>
    /// <returns>The outcome if the order was fulfilled; null if there is no witness, so that the order is still to be fulfilled.</returns>
    public async Task<Outcome?> ConfirmAsync(CheckoutFact fact, InFlightEntry entry, CancellationToken cancellationToken)
    {
        if (await AskAsync(fact.SessionId, entry, cancellationToken) is not { } fulfilledAt)
        {
            return null;
        }

        var outcome = await transitions.WitnessAsync(fact, entry.Id, fulfilledAt);
        Log.Confirmed(logger, fact.SessionId);
        return outcome is Outcome.Fulfilled ? Outcome.Duplicate : outcome;
    }

    public void Dispose() => _asking.Dispose();

    private async Task<DateTimeOffset?> AskAsync(string orderId, InFlightEntry entry, CancellationToken cancellationToken)
    {
        entry.AsksStripe(true);
        try
        {
            await _asking.WaitAsync(cancellationToken);
            try
            {
                return await account.FindWitnessAsync(orderId, cancellationToken);
            }
            finally
            {
                _asking.Release();
            }
        }
        finally
        {
            entry.AsksStripe(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{OrderId} was paid before this ledger was created; an earlier ledger has been lost. Restored as {State}.")]
        public static partial void Restored(ILogger logger, string orderId, string state);

        [LoggerMessage(2, LogLevel.Warning, "{OrderId} was fulfilled according to Stripe, and Redis has lost the record of it; it is recorded as fulfilled again.")]
        public static partial void Confirmed(ILogger logger, string orderId);
    }
}
