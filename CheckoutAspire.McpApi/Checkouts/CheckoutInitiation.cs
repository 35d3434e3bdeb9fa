using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Makes one session for one request: written down first, sent under our own idempotency key, recorded as an order. Whatever crashes
/// in between, the same request ends with the same session.
/// </summary>
internal sealed partial class CheckoutInitiation(
    IdempotencyStore requests,
    OrderLedger ledger,
    StripeSessions stripe,
    McpApiTelemetry telemetry,
    IOptions<StripeTimeouts> timeouts,
    TimeProvider time,
    ILogger<CheckoutInitiation> logger)
{
    // Stripe replays a 500 that it has saved for ever: only another key can succeed. More than one such is an outage.
    private const int MaxKeys = 3;

    // The lease is the longest that a call may take; most take a fraction of it.
    private static readonly TimeSpan s_inFlightRetry = TimeSpan.FromSeconds(5);

    /// <summary>Creates the session, or answers with the one that this request has made already.</summary>
    /// <exception cref="CheckoutException">Nothing was sold.</exception>
    public async Task<StartedCheckout> RunAsync(Sale sale)
    {
        var json = JsonSerializer.Serialize(sale.Request, SessionRequestJson.Default.SessionRequest);
        switch (await requests.BeginAsync(sale.Key, sale.Digest, json, timeouts.Value.Lease, sale.Capped))
        {
            case IdempotencyResult.Send send:
                return await SendAsync(send, sale);
            case IdempotencyResult.Done done when sale.IsKeyDerived && !await IsOpenAsync(done.SessionId):
                // Another buyer of the same thing, moments after the first one was done.
                await requests.ForgetAsync(sale.Key, done.SessionId);
                return await RunAsync(sale);
            case IdempotencyResult.Done done:
                return await RecallAsync(done.SessionId);
            case IdempotencyResult.InFlight inFlight:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyInFlight,
                    sale.IsKeyDerived
                        ? "A call with the same arguments is still running; repeat this one a little later for its answer, or give it an idempotency_key of its own if it is another sale."
                        : "A call with this idempotency_key is still running; repeat it a little later for its answer.",
                    "idempotency_key",
                    inFlight.RetryAfter < s_inFlightRetry ? inFlight.RetryAfter : s_inFlightRetry);
            case IdempotencyResult.CapExceeded exceeded:
                throw new CheckoutException(
                    CheckoutErrorCode.DailyCapExceeded,
                    $"This sale would exceed the {Currency.Format(sale.Capped!.Cap, sale.Capped.Currency)} that one caller may sell in a day; the next day begins at midnight UTC.",
                    retryAfter: exceeded.RetryAfter);
            default:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyConflict,
                    "idempotency_key was used with other arguments; repeat those, or choose a new key for a new sale.",
                    "idempotency_key");
        }
    }

    private async Task<StartedCheckout> SendAsync(IdempotencyResult.Send send, Sale sale)
    {
        var request = send.Resumed ? JsonSerializer.Deserialize(send.Request, SessionRequestJson.Default.SessionRequest)! : sale.Request;
        try
        {
            if (await ObtainAsync(request, send.Resumed) is not { } session)
            {
                await requests.ForgetAsync(sale.Key);
                return await RunAsync(sale);
            }

            await RecordAsync(sale, request, session);
            return Answer(request, session, replayed: send.Resumed);
        }
        catch (StripeFailure failure)
        {
            Log.StripeFailed(logger, request.OrderRef, CheckoutErrorJson.NameOf(failure.Code), failure.RequestId);
            await (failure.IsDefinitive ? requests.ForgetAsync(sale.Key) : requests.ReleaseAsync(sale.Key));
            throw StripeErrors.Explain(failure, isList: request.Lines.Count > 1);
        }
    }

    /// <summary>The request's session, or null when the request was resumed so late that it can make none any more.</summary>
    private async Task<Session?> ObtainAsync(SessionRequest request, bool resumed)
    {
        try
        {
            return await CreateAsync(request);
        }
        catch (StripeFailure failure) when (resumed && failure.IsDefinitive && failure.StripeParam == "expires_at")
        {
            // Its expiry has passed, and Stripe has forgotten its key; the lost attempt may still have made the session.
            return await stripe.FindAsync(request);
        }
    }

    private async Task<Session> CreateAsync(SessionRequest request)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await stripe.CreateAsync(request, OrderRef.StripeKey(request.OrderRef, attempt));
            }
            catch (StripeFailure failure) when (failure is { Code: CheckoutErrorCode.StripeError, IsReplayed: true } && attempt + 1 < MaxKeys)
            {
                // The saved 500 may hide a session: https://docs.stripe.com/error-low-level#server-errors
                if (await stripe.FindAsync(request) is { } made)
                {
                    return made;
                }
            }
        }
    }

    // Stripe's word: the ledger learns of a payment or an expiry a moment later, and then this would be another buyer's sale.
    private async Task<bool> IsOpenAsync(string sessionId)
    {
        try
        {
            return (await stripe.GetAsync(sessionId, CancellationToken.None)).Status == SessionStatus.Open;
        }
        catch (StripeFailure)
        {
            return await ledger.FindAsync(sessionId) is { } order && SessionStatus.Of(order, time.GetUtcNow()) == SessionStatus.Open;
        }
    }

    private async Task RecordAsync(Sale sale, SessionRequest request, Session session)
    {
        var lines = Lines(request, session);
        await ledger.RecordAsync(new NewOrder
        {
            SessionId = session.Id,
            OrderRef = request.OrderRef,
            AmountSubtotal = session.AmountSubtotal ?? 0,
            AmountTotal = session.AmountTotal ?? 0,
            Currency = session.Currency,
            Livemode = session.Livemode,
            Mode = request.Mode,
            ExpiresAt = new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero),
            CheckoutUrl = session.Url ?? "",
            ProductId = request.Metadata.GetValueOrDefault(CheckoutMetadata.ProductId, ""),
            ProductName = NameOf(lines),
            ClientReferenceId = request.ClientReferenceId ?? "",
            Owner = sale.Key.Owner,
            Principal = sale.Caller.Id,
            LineItems = lines,
        });
        await requests.CompleteAsync(sale.Key, session.Id);
        telemetry.Created(request.Mode, session.Currency);
        McpApiTelemetry.TagSession(Activity.Current, session.Id);
        Activity.Current?.SetTag("stripe.request_id", session.StripeResponse?.RequestId);
    }

    // The name that the buyer sees is the Price's own: Stripe's answer has it where nobody asked before.
    private static List<OrderLine> Lines(SessionRequest request, Session session) =>
    [
        .. request.Lines.Select(line => new OrderLine
        {
            Name = line.Name ?? session.LineItems?.FirstOrDefault(item => item.Price?.Id == line.PriceId)?.Description,
            Quantity = line.Quantity,
            UnitAmount = line.UnitAmount ?? session.LineItems?.FirstOrDefault(item => item.Price?.Id == line.PriceId)?.Price.UnitAmount,
            ProductId = line.ProductId,
            PriceId = line.PriceId,
        }),
    ];

    private static string NameOf(List<OrderLine> lines) =>
        lines.Count == 1 ? lines[0].Name ?? "" : string.Create(CultureInfo.InvariantCulture, $"{lines[0].Name ?? "A product"} and {lines.Count - 1} more");

    /// <summary>The answer about a session that was made before, as it stands now.</summary>
    public async Task<StartedCheckout> RecallAsync(string sessionId)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        var order = await ledger.FindAsync(sessionId)
            ?? throw new CheckoutException(
                CheckoutErrorCode.NotFound, $"The session {sessionId} of this idempotency_key is no longer in the seller's ledger.", "idempotency_key");
        var status = SessionStatus.Of(order, time.GetUtcNow());
        return new StartedCheckout
        {
            CheckoutUrl = status == SessionStatus.Open ? order.CheckoutUrl : null,
            SessionId = sessionId,
            Status = status,
            PaymentStatus = order.PaymentStatus,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
            ExpiresAt = order.ExpiresAt,
            Livemode = order.Livemode,
            OrderRef = order.OrderRef,
            Replayed = true,
        };
    }

    private static StartedCheckout Answer(SessionRequest request, Session session, bool replayed) => new()
    {
        CheckoutUrl = session.Url,
        SessionId = session.Id,
        Status = session.Status,
        PaymentStatus = session.PaymentStatus,
        AmountTotal = session.AmountTotal ?? 0,
        Currency = session.Currency,
        ExpiresAt = new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero),
        Livemode = session.Livemode,
        OrderRef = request.OrderRef,
        Replayed = replayed,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Order {OrderRef}: Stripe answered {Code} (request {RequestId}).")]
        public static partial void StripeFailed(ILogger logger, string orderRef, string code, string? requestId);
    }
}
