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

/// <summary>Processes one stream entry. The script that commits its effect also acknowledges it.</summary>
internal sealed partial class EventProcessor(
    EventStream events,
    OrderTransitions transitions,
    FulfillmentRunner fulfillment,
    CheckoutEventReader checkouts,
    ReturnEventProcessor returns,
    SubscriptionEventProcessor subscriptions,
    OrderLookup lookup,
    LostLedger lostLedger,
    EventDeliveries deliveries,
    NoticeQueue notices,
    FulfilledPartitions fulfilled,
    LedgerMode mode,
    IOptions<StripeOptions> stripe,
    IOptions<WorkerOptions> options,
    WorkerTelemetry telemetry,
    ILogger<EventProcessor> logger)
{
    private readonly WorkerOptions _options = options.Value;

    /// <summary>Processes an entry: it is acknowledged, scheduled for a retry, or moved to the dead letters.</summary>
    /// <exception cref="OperationCanceledException">The worker stops; the entry stays pending and is released.</exception>
    /// <exception cref="RedisException">Redis does not answer; the entry stays pending and is tried again or taken over.</exception>
    public async Task<Outcome> ProcessAsync(InFlightEntry entry, CancellationToken stopping)
    {
        if (!EventEntry.TryRead(entry.Stored, out var content))
        {
            var dead = await DeadLetterAsync(entry, "-", "The entry lacks a field.");
            telemetry.Count(span: null, dead);
            return dead;
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
        catch (Exception exception) when (!stopping.IsCancellationRequested && !RedisTrouble.Passes(exception))
        {
            outcome = await ScheduleRetryAsync(entry, content.ObjectId.ToString(), exception);
        }

        if (outcome is Outcome.Fulfilled)
        {
            fulfilled.Add(entry.Partition.Number);
        }

        telemetry.Count(span, outcome);
        return outcome;
    }

    private async Task<Outcome> ApplyAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        var type = content.Type.ToString();
        if (HandledEvents.IsAboutReturn(type))
        {
            var returned = await returns.ProcessAsync(entry, content, stopping);
            if (returned is Outcome.NeedsReview)
            {
                var what = HandledEvents.IsAboutDispute(type) ? "disputed" : "refunded";
                Log.NeedsReview(logger, content.ObjectId.ToString(), what + " before it was fulfilled");
            }

            await NoteDeliveryAsync(content.ObjectId.ToString(), content, returned);
            return returned;
        }

        if (type.StartsWith(HandledEvents.NoticePrefix, StringComparison.Ordinal))
        {
            await notices.RequeueAsync(content.ObjectId.ToString(), content.Id.ToString(), type[HandledEvents.NoticePrefix.Length..]);
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Recorded;
        }

        if (type == HandledEvents.OrderReread)
        {
            await lookup.RereadAsync(entry, content.ObjectId.ToString(), stopping);
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Recorded;
        }

        if (HandledEvents.IsAboutSubscription(type))
        {
            var recorded = await subscriptions.ProcessAsync(entry, content, stopping);
            await NoteDeliveryAsync(content.ObjectId.ToString(), content, recorded);
            return recorded;
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
                return await fulfillment.RunAsync(fact, entry, content.Body, transition, stopping);
            case Outcome.CreatedBeforeLedger:
                return await lostLedger.RestoreAsync(fact, entry, stopping);
            case Outcome.NeedsReview:
                Log.NeedsReview(logger, fact.SessionId, transition.Reason ?? "it was held before");
                if (transition.Reason is not null)
                {
                    // The step has the reason of the hold in place of the event.
                    await NoteDeliveryAsync(fact.SessionId, content, transition.Outcome);
                }

                return transition.Outcome;
            case Outcome.Duplicate:
                await NoteDeliveryAsync(fact.SessionId, content, transition.Outcome);
                return transition.Outcome;
            default:
                return transition.Outcome;
        }
    }

    /// <summary>
    /// Notes a delivery for operators, after its entry was acknowledged. A delivery that was forwarded is noted in its order's partition. While Redis does not
    /// answer, the note is missing.
    /// </summary>
    private async Task NoteDeliveryAsync(string orderId, EventEntry content, Outcome outcome)
    {
        if (outcome is not (Outcome.Recorded or Outcome.NeedsReview or Outcome.Duplicate))
        {
            return;
        }

        try
        {
            await deliveries.NoteAsync(orderId, content, outcome is not Outcome.Duplicate);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.NotNoted(logger, content.Id.ToString(), orderId, exception.GetType().Name);
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
        [LoggerMessage(1, LogLevel.Warning, "{OrderId} needs review and is not fulfilled: {Reason}.")]
        public static partial void NeedsReview(ILogger logger, string orderId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Entry {EntryId} of {Stream} failed, attempt {Attempt} of {Allowed}.")]
        public static partial void SetAside(ILogger logger, Exception exception, string entryId, string stream, int attempt, int allowed);

        [LoggerMessage(3, LogLevel.Error, "Entry {EntryId} of {Stream} went to the dead letters: {Reason}")]
        public static partial void GivenUp(ILogger logger, string entryId, string stream, string reason);

        [LoggerMessage(4, LogLevel.Debug, "The delivery of {EventId} could not be noted for the timeline of {OrderId} ({Error}).")]
        public static partial void NotNoted(ILogger logger, string eventId, string orderId, string error);
    }
}
