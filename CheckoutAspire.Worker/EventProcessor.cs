using CheckoutAspire.Orders;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker;

/// <summary>Applies one stream entry to its order. An entry is settled by the very script that commits what it says.</summary>
internal sealed partial class EventProcessor(
    EventStream events,
    OrderTransitions transitions,
    LedgerMode mode,
    IOptions<StripeOptions> stripe,
    WorkerTelemetry telemetry,
    ILogger<EventProcessor> logger)
{
    private readonly string _deployment = stripe.Value.Deployment;

    public async Task ProcessAsync(LedgerPartition partition, StreamEntry stored)
    {
        if (!EventEntry.TryRead(stored, out var entry))
        {
            await BuryAsync(partition, stored.Id, "The entry lacks a field.");
            return;
        }

        using var span = WorkerTelemetry.StartProcess(partition, entry);
        if (!CheckoutEvent.TryRead(entry, _deployment, out var fact, out var reason))
        {
            await BuryAsync(partition, stored.Id, reason);
            telemetry.Count(span, "dead");
            return;
        }

        var transition = await transitions.ApplyAsync(fact, partition, stored.Id, mode.Livemode, lease: TimeSpan.Zero);
        telemetry.Count(span, Name(transition.Verdict));
        if (transition.Verdict is Verdict.Fulfilled)
        {
            Log.Fulfilled(logger, fact.SessionId, fact.AmountTotal, fact.Currency);
        }
        else if (transition.Verdict is Verdict.NeedsReview)
        {
            Log.NeedsReview(logger, fact.SessionId);
        }
    }

    private async Task BuryAsync(LedgerPartition partition, RedisValue entryId, string reason)
    {
        await events.BuryAsync(partition, entryId, reason, attempts: 1);
        Log.Buried(logger, entryId.ToString(), partition.EventsName, reason);
    }

    private static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Fulfilled => "fulfilled",
        Verdict.Claimed => "claimed",
        Verdict.Duplicate => "duplicate",
        Verdict.Busy => "busy",
        Verdict.AwaitingPayment => "awaiting_payment",
        Verdict.Failed => "failed",
        Verdict.Expired => "expired",
        Verdict.NeedsReview => "needs_review",
        Verdict.Foreign => "foreign",
        Verdict.Stale => "stale",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "Not a verdict."),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Fulfilled {SessionId}: {AmountTotal} {Currency} (minor units).")]
        public static partial void Fulfilled(ILogger logger, string sessionId, long amountTotal, string currency);

        [LoggerMessage(2, LogLevel.Warning, "{SessionId} is paid, but not for what was sold; it needs review and is not fulfilled.")]
        public static partial void NeedsReview(ILogger logger, string sessionId);

        [LoggerMessage(3, LogLevel.Error, "Entry {EntryId} of {Stream} went to the dead letters: {Reason}")]
        public static partial void Buried(ILogger logger, string entryId, string stream, string reason);
    }
}
