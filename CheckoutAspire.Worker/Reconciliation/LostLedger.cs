using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// A paid session is older than this ledger: an earlier ledger was lost, and may have fulfilled it. The witness at Stripe
/// decides; without one a person does. Nothing is fulfilled by a guess.
/// </summary>
internal sealed partial class LostLedger(StripeReader account, OrderTransitions transitions, ILogger<LostLedger> logger)
{
    public async Task<Outcome> RestoreAsync(CheckoutFact fact, RedisValue entryId, CancellationToken cancellationToken)
    {
        var metadata = await account.GetMetadataAsync(fact.SessionId, cancellationToken);
        DateTimeOffset? fulfilledAt = metadata.TryGetValue(CheckoutMetadata.FulfilledAt, out var witness)
            && DateTimeOffset.TryParse(witness, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
        var verdict = await transitions.RestoreAsync(fact, entryId, fulfilledAt);
        Log.Restored(logger, fact.SessionId, verdict.Name());

        // To have been fulfilled is not to be fulfilled now.
        return verdict is Outcome.Fulfilled ? Outcome.Duplicate : verdict;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{OrderId} was paid before this ledger began, which must have been lost; restored as {State}.")]
        public static partial void Restored(ILogger logger, string orderId, string state);
    }
}
