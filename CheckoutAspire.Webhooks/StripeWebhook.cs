using System.Collections.Concurrent;
using System.Diagnostics;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// Stripe's webhook endpoint. It returns 200 only if the event is durable in Redis or does not have to be stored. Stripe redelivers
/// every event that receives another status.
/// </summary>
internal sealed partial class StripeWebhook(
    IOptions<WebhookOptions> options,
    EventStream events,
    LostEventAlerts alerts,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    WebhooksTelemetry telemetry,
    TimeProvider time,
    ILogger<StripeWebhook> logger)
{
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<SigningSecret> _secrets = options.Value.Secrets;
    private readonly ConcurrentDictionary<string, long> _warnedAt = new(StringComparer.Ordinal);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            using var body = await SignedBody.ReadAsync(context.Request, context.RequestAborted);
            await HandleAsync(context, body);
        }
        catch (BadHttpRequestException exception)
        {
            if (exception.StatusCode is StatusCodes.Status413PayloadTooLarge && MayWarn("too_large"))
            {
                // Stripe stops retrying an event that is always rejected, so the operator must know.
                Log.TooLarge(logger, SignedBody.MaxBytes / 1024);
            }

            await RefuseAsync(context, exception.StatusCode, "unreadable_body", "The body is too large, too slow or cut short.");
        }
        catch (Exception exception) when (exception is ConnectionResetException or OperationCanceledException
            && context.RequestAborted.IsCancellationRequested)
        {
            telemetry.Count("aborted");
        }
    }

    /// <summary>
    /// Whether a warning may be logged that any client can cause: each at most once a minute. The metric counts every rejected delivery.
    /// </summary>
    private bool MayWarn(string code)
    {
        var (now, last) = (time.GetTimestamp(), _warnedAt.GetOrAdd(code, 0));
        return (last == 0 || time.GetElapsedTime(last, now) > s_logInterval) && _warnedAt.TryUpdate(code, now, last);
    }

    private Task HandleAsync(HttpContext context, SignedBody body)
    {
        var now = time.GetUtcNow();
        var signature = StripeSignature.Verify(context.Request.Headers["Stripe-Signature"], body, _secrets, now);
        if (signature is not (SignatureVerdict.Missing or SignatureVerdict.Malformed))
        {
            telemetry.CountSignature(signature is SignatureVerdict.Valid);
        }

        if (signature is not SignatureVerdict.Valid)
        {
            return RefuseSignatureAsync(context, signature);
        }

        if (!ledger.Verified)
        {
            return RefuseNotStoredAsync(context, "the ledger is not verified yet");
        }

        switch (StripeEventEnvelope.Read(body.Body, out var envelope))
        {
            case EnvelopeKind.Unparsable:
                return StoreAsync(context, body, "unparsable", activity: null, events.DeadLetterAsync(
                    partitions.All[0], body.Body, now, "The signature is valid, but not every parser would read the body as the same JSON object."));
            case EnvelopeKind.OfConnectedAccount:
                telemetry.Count("connected_account");
                return Task.CompletedTask;
            case EnvelopeKind.Thin when LostEventAlerts.Contains(envelope.Type.Span):
                Log.EventsLost(logger);
                return StoreAsync(context, body, "lost_event_alert", activity: null, alerts.AddAsync());
            case EnvelopeKind.Thin:
                telemetry.Count("thin");
                return Task.CompletedTask;
            case EnvelopeKind.Incomplete:
                telemetry.Count("incomplete");
                return Task.CompletedTask;
            case EnvelopeKind.Event when !HandledEvents.Contains(envelope.Type.Span):
                telemetry.Count("unhandled_type");
                return Task.CompletedTask;
            default:
                return AppendAsync(context, body, envelope, now);
        }
    }

    private Task AppendAsync(HttpContext context, SignedBody body, in StripeEventEnvelope envelope, DateTimeOffset now)
    {
        var partition = partitions.Of(envelope.ObjectId.Span);
        var activity = WebhooksTelemetry.StartSend(partition, envelope);
        var entry = new EventEntry(
            envelope.Id, envelope.Type, envelope.ObjectId, envelope.Livemode, activity?.Id ?? (RedisValue)envelope.Traceparent, now, body.Body, ApiVersion: envelope.ApiVersion);
        return StoreAsync(context, body, "accepted", activity, events.AppendAsync(partition, entry));
    }

    private async Task StoreAsync(HttpContext context, SignedBody body, string outcome, Activity? activity, Task write)
    {
        using (activity)
        {
            try
            {
                await write;
                telemetry.Count(outcome);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                body.Abandon();
                activity?.SetStatus(ActivityStatusCode.Error);
                activity?.SetTag("error.type", exception.GetType().Name);
                await RefuseNotStoredAsync(context, RedisRefusal.Describe(exception));
            }
        }
    }

    private Task RefuseNotStoredAsync(HttpContext context, string error)
    {
        Log.NotStored(logger, error);
        return RefuseAsync(
            context, StatusCodes.Status503ServiceUnavailable, "not_stored", "The event could not be stored. Deliver it again.");
    }

    private Task RefuseSignatureAsync(HttpContext context, SignatureVerdict signature)
    {
        switch (signature)
        {
            case SignatureVerdict.Missing:
                return RefuseAsync(context, 400, "signature_missing", "The Stripe-Signature header is missing.");
            case SignatureVerdict.Malformed:
                return RefuseAsync(context, 400, "signature_malformed", "The Stripe-Signature header has no timestamp or no v1 signature.");
            case SignatureVerdict.Stale:
                if (MayWarn("signature_stale"))
                {
                    Log.Stale(logger);
                }

                return RefuseAsync(context, 400, "signature_stale", "The signature's timestamp is more than 300 seconds away from the current time.");
            default:
                if (MayWarn("signature_mismatch"))
                {
                    Log.Mismatch(logger, _secrets.Count);
                }

                return RefuseAsync(context, 400, "signature_mismatch", "No v1 signature matches a configured signing secret.");
        }
    }

    private Task RefuseAsync(HttpContext context, int status, string code, string detail)
    {
        telemetry.Count(code);
        return TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]).ExecuteAsync(context);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "An event could not be stored ({Error}). The response is 503, so Stripe will deliver it again.")]
        public static partial void NotStored(ILogger logger, string error);

        [LoggerMessage(2, LogLevel.Warning,
            "A delivery's signature is correct, but its timestamp differs from this machine's clock by more than 300 seconds. "
            + "This is logged at most once a minute.")]
        public static partial void Stale(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning,
            "A delivery's signature matches none of the {Secrets} configured signing secrets. If every delivery fails, check "
            + "STRIPE_WEBHOOK_SECRET: `stripe listen` prints one signing secret, and the Dashboard shows a different one for each endpoint.")]
        public static partial void Mismatch(ILogger logger, int secrets);

        [LoggerMessage(4, LogLevel.Warning,
            "A delivery of more than {Limit} KiB was rejected with 413. If Stripe sent it, reconciliation reads the object from Stripe's API.")]
        public static partial void TooLarge(ILogger logger, int limit);

        [LoggerMessage(5, LogLevel.Warning,
            "Stripe reports that it failed to generate events. The worker compares the orders with Stripe's objects of the last 35 days.")]
        public static partial void EventsLost(ILogger logger);
    }
}
