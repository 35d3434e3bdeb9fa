using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Fulfillment;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Applies one stream entry. The script that commits its effect also acknowledges it.</summary>
internal sealed partial class EventProcessor(
    EventStream events,
    OrderTransitions transitions,
    FulfillmentRunner fulfillment,
    CheckoutEventReader checkouts,
    ReturnEventProcessor returns,
    SubscriptionEventProcessor subscriptions,
    OrderLookup lookup,
    LostLedger lostLedger,
    LedgerMode mode,
    IOptions<StripeOptions> stripe,
    IOptions<WorkerOptions> options,
    WorkerTelemetry telemetry,
    ILogger<EventProcessor> logger)
{
    private readonly WorkerOptions _options = options.Value;

    /// <summary>Processes an entry: it is acknowledged, scheduled for a retry, or moved to the dead letters.</summary>
    /// <exception cref="OperationCanceledException">The worker stops. The entry stays pending and is released.</exception>
    /// <exception cref="RedisException">Redis does not answer. The entry stays pending and is taken over later.</exception>
    public async Task ProcessAsync(InFlightEntry entry, CancellationToken stopping)
    {
        if (!EventEntry.TryRead(entry.Stored, out var content))
        {
            telemetry.Count(span: null, await DeadLetterAsync(entry, "-", "The entry lacks a field."));
            return;
        }

        entry.Attempts = content.Attempts;
        using var span = WorkerTelemetry.StartProcess(entry.Partition, content);
        Outcome outcome;
        try
        {
            outcome = await ApplyAsync(entry, content, stopping);
        }
        catch (UnreadableEventException exception)
        {
            outcome = await RejectAsync(entry, content, exception.Message);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested && exception is not (RedisConnectionException or RedisTimeoutException))
        {
            outcome = await ScheduleRetryAsync(entry, content.ObjectId.ToString(), exception);
        }

        telemetry.Count(span, outcome);
    }

    private async Task<Outcome> ApplyAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        var type = content.Type.ToString();
        if (HandledEvents.IsAboutReturn(type))
        {
            return await returns.ProcessAsync(entry, content, stopping);
        }

        if (HandledEvents.IsAboutSubscription(type))
        {
            return await subscriptions.ProcessAsync(entry, content, stopping);
        }

        if ((HandledEvents.IsAboutInvoice(type)
            ? await subscriptions.ReadRenewalAsync(entry, content, stopping)
            : await checkouts.ReadAsync(content)) is not { } fact)
        {
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Duplicate;
        }

        var transition = await transitions.ApplyAsync(fact, entry.Id, mode.Livemode, fulfillment.Lease);
        if (transition.Outcome is Outcome.Unproven)
        {
            fact = fact with { Origin = await lookup.IsSealGenuineAsync(entry, fact, stopping) ? SaleOrigin.Proven : SaleOrigin.Claimed };
            transition = await transitions.ApplyAsync(fact, entry.Id, mode.Livemode, fulfillment.Lease);
        }

        while (transition.Outcome is Outcome.WitnessDue)
        {
            if (await lostLedger.ConfirmAsync(fact, entry, stopping) is { } confirmed)
            {
                return confirmed;
            }

            transition = await transitions.ApplyAsync(fact, entry.Id, mode.Livemode, fulfillment.Lease, transition.ServerSince);
        }

        switch (transition.Outcome)
        {
            case Outcome.Claimed:
                entry.Claim = (fact.SessionId, transition.Fence);
                return await fulfillment.RunAsync(fact, entry, transition, stopping);
            case Outcome.CreatedBeforeLedger:
                return await lostLedger.RestoreAsync(fact, entry, stopping);
            case Outcome.NeedsReview:
                Log.NeedsReview(logger, fact.SessionId);
                return transition.Outcome;
            default:
                return transition.Outcome;
        }
    }

    /// <summary>An event that no attempt will ever read: a dead letter when it concerns this installation, else only counted.</summary>
    private async Task<Outcome> RejectAsync(InFlightEntry entry, EventEntry content, string reason)
    {
        var unread = UnreadEvent.Look(content.Body, stripe.Value.Deployment);
        var concernsUs = HandledEvents.IsAboutReturn(content.Type.ToString())
            ? unread is not { } seen || await lookup.IsKnownAsync(seen.PaymentIntent)
            : await checkouts.ConcernsUsAsync(content, unread);
        if (concernsUs)
        {
            var version = unread?.ApiVersion is { } known ? $" API version: {known}." : "";
            return await DeadLetterAsync(entry, content.ObjectId.ToString(), reason + version);
        }

        await events.AcknowledgeAsync(entry.Partition, entry.Id);
        return Outcome.Foreign;
    }

    private Task<Outcome> ScheduleRetryAsync(InFlightEntry entry, string objectId, Exception exception)
    {
        var attempt = entry.Attempts + 1;
        Log.SetAside(logger, exception, entry.Id.ToString(), entry.Partition.EventsName, attempt, _options.MaxAttempts);
        return transitions.ScheduleRetryAsync(
            entry.Partition, entry.Id, entry.Claim?.SessionId ?? objectId, entry.Claim?.Fence, attempt, _options.MaxAttempts,
            _options.DelayAfter(attempt),
            $"Processing failed ({exception.GetType().Name}).");
    }

    private Task<Outcome> DeadLetterAsync(InFlightEntry entry, string objectId, string reason)
    {
        var attempt = entry.Attempts + 1;
        Log.GivenUp(logger, entry.Id.ToString(), entry.Partition.EventsName, reason);
        return transitions.ScheduleRetryAsync(
            entry.Partition, entry.Id, objectId, fence: null, attempt, allowed: attempt, TimeSpan.Zero, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{SessionId} is paid, but the payment does not match the sale. It needs review and is not fulfilled.")]
        public static partial void NeedsReview(ILogger logger, string sessionId);

        [LoggerMessage(2, LogLevel.Warning, "Entry {EntryId} of {Stream} failed, attempt {Attempt} of {Allowed}.")]
        public static partial void SetAside(ILogger logger, Exception exception, string entryId, string stream, int attempt, int allowed);

        [LoggerMessage(3, LogLevel.Error, "Entry {EntryId} of {Stream} went to the dead letters: {Reason}")]
        public static partial void GivenUp(ILogger logger, string entryId, string stream, string reason);
    }
}
