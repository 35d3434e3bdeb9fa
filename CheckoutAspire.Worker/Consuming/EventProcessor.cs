using CheckoutAspire.Orders;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Fulfillment;
using CheckoutAspire.Worker.StripeApi;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Does what one stream entry says. The entry is settled by the very script that commits it.</summary>
internal sealed partial class EventProcessor(
    EventStream events,
    OrderTransitions transitions,
    FulfillmentRunner fulfillment,
    CheckoutEventReader checkouts,
    PaymentEventProcessor payments,
    LostLedger lostLedger,
    LedgerMode mode,
    IOptions<WorkerOptions> options,
    WorkerTelemetry telemetry,
    ILogger<EventProcessor> logger)
{
    private readonly WorkerOptions _options = options.Value;

    /// <summary>Processes an entry to its end: settled, set aside, or given up.</summary>
    /// <exception cref="OperationCanceledException">The worker stops; the entry stays pending and is handed over.</exception>
    /// <exception cref="RedisException">Redis does not answer; the entry stays pending and is taken over.</exception>
    public async Task ProcessAsync(EntryInHand entry, CancellationToken stopping)
    {
        if (!EventEntry.TryRead(entry.Stored, out var content))
        {
            telemetry.Count(span: null, await GiveUpAsync(entry, "-", "The entry lacks a field."));
            return;
        }

        entry.Attempts = content.Attempts;
        using var span = WorkerTelemetry.StartProcess(entry.Partition, content);
        Verdict verdict;
        try
        {
            verdict = await ApplyAsync(entry, content, stopping);
        }
        catch (UnreadableEventException exception)
        {
            verdict = await GiveUpAsync(entry, content.ObjectId.ToString(), exception.Message);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested && exception is not (RedisConnectionException or RedisTimeoutException))
        {
            verdict = await SetAsideAsync(entry, content.ObjectId.ToString(), exception);
        }

        telemetry.Count(span, verdict);
    }

    private async Task<Verdict> ApplyAsync(EntryInHand entry, EventEntry content, CancellationToken stopping)
    {
        if (HandledEvents.IsAboutPayment(content.Type.ToString()))
        {
            return await payments.ProcessAsync(entry, content, stopping);
        }

        if (await checkouts.ReadAsync(content) is not { } fact)
        {
            await events.SettleAsync(entry.Partition, entry.Id);
            return Verdict.Duplicate;
        }

        var transition = await transitions.ApplyAsync(fact, entry.Id, mode.Livemode, fulfillment.Lease);
        switch (transition.Verdict)
        {
            case Verdict.Claimed:
                entry.Claim = (fact.SessionId, transition.Fence);
                return await fulfillment.RunAsync(fact, entry, transition, stopping);
            case Verdict.Predates:
                return await lostLedger.RestoreAsync(fact, entry.Id, stopping);
            case Verdict.NeedsReview:
                Log.NeedsReview(logger, fact.SessionId);
                return transition.Verdict;
            default:
                return transition.Verdict;
        }
    }

    private Task<Verdict> SetAsideAsync(EntryInHand entry, string objectId, Exception exception)
    {
        var attempt = entry.Attempts + 1;
        Log.SetAside(logger, exception, entry.Id.ToString(), entry.Partition.EventsName, attempt, _options.MaxAttempts);
        return transitions.PostponeAsync(
            entry.Partition, entry.Id, entry.Claim?.SessionId ?? objectId, entry.Claim?.Fence, attempt, _options.MaxAttempts,
            _options.DelayAfter(attempt),
            $"Processing failed ({exception.GetType().Name}).");
    }

    private Task<Verdict> GiveUpAsync(EntryInHand entry, string objectId, string reason)
    {
        var attempt = entry.Attempts + 1;
        Log.GivenUp(logger, entry.Id.ToString(), entry.Partition.EventsName, reason);
        return transitions.PostponeAsync(
            entry.Partition, entry.Id, objectId, fence: null, attempt, allowed: attempt, TimeSpan.Zero, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{SessionId} is paid, but not for what was sold; it needs review and is not fulfilled.")]
        public static partial void NeedsReview(ILogger logger, string sessionId);

        [LoggerMessage(2, LogLevel.Warning, "Entry {EntryId} of {Stream} failed, attempt {Attempt} of {Allowed}.")]
        public static partial void SetAside(ILogger logger, Exception exception, string entryId, string stream, int attempt, int allowed);

        [LoggerMessage(3, LogLevel.Error, "Entry {EntryId} of {Stream} went to the dead letters: {Reason}")]
        public static partial void GivenUp(ILogger logger, string entryId, string stream, string reason);
    }
}
