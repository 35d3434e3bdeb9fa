using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stock;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Creates one session for one request: writes the request to the ledger, sends it under our own idempotency key, and records the order. After a
/// crash at any point, the same request ends with the same session.
/// </summary>
internal sealed partial class CheckoutInitiation(
    IdempotencyStore requests,
    OrderLedger ledger,
    StripeSessions stripe,
    ShortLinks links,
    StockReservations stock,
    CheckoutReplacement replacement,
    DeliveryOptions delivery,
    McpApiTelemetry telemetry,
    IOptions<StripeTimeouts> timeouts,
    TimeProvider time,
    ILogger<CheckoutInitiation> logger)
{
    // Stripe replays a saved 500 for the lifetime of the key, so only another key can succeed. Several of them in a row are an outage.
    private const int MaxKeys = 3;

    // Stripe's page then follows the buyer's browser, and so do ours.
    private const string AutomaticLocale = "auto";

    // The lease is as long as the slowest call; most calls take a fraction of it.
    private static readonly TimeSpan s_inFlightRetry = TimeSpan.FromSeconds(5);

    /// <summary>Creates the session, or returns the one that this request has created before.</summary>
    /// <exception cref="CheckoutException">Nothing was sold.</exception>
    public async Task<StartedCheckout> RunAsync(Sale sale)
    {
        var json = JsonSerializer.Serialize(sale.Request, SessionRequestJson.Default.SessionRequest);
        switch (await requests.BeginAsync(sale.Key, sale.Digest, json, timeouts.Value.Lease, sale.Capped, Requested(sale.Request)))
        {
            case IdempotencyResult.Send send:
                return await SendAsync(send, sale);
            case IdempotencyResult.Done done when sale is { IsKeyDerived: true, Request.Replaces: null } && !await IsOpenAsync(done.SessionId):
                // The first buyer is done, so the same arguments are the purchase of another buyer.
                await requests.ForgetAsync(sale.Key, done.SessionId);
                return await RunAsync(sale);
            case IdempotencyResult.Done done:
                var existing = await GetExistingAsync(done.SessionId);
                return existing with { DeliveryOptions = await DeliveryAsync(sale.Request, existing.Currency) };
            case IdempotencyResult.InFlight inFlight:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyInFlight,
                    sale.IsKeyDerived
                        ? "A call with the same arguments is still running. Repeat this call after retry_after seconds, or pass an idempotency_key if it is another sale."
                        : "A call with this idempotency_key is still running. Repeat it after retry_after seconds.",
                    "idempotency_key",
                    inFlight.RetryAfter < s_inFlightRetry ? inFlight.RetryAfter : s_inFlightRetry);
            case IdempotencyResult.CapExceeded exceeded:
                throw new CheckoutException(
                    CheckoutErrorCode.DailyCapExceeded,
                    $"This sale would exceed the {(exceeded.IsBuyers ? "buyer" : "caller")}'s daily limit of "
                    + $"{Currency.Format((exceeded.IsBuyers ? sale.Capped!.BuyerCap : sale.Capped!.Cap) ?? 0, sale.Capped.Currency)}. The next day begins at midnight UTC.",
                    retryAfter: exceeded.RetryAfter);
            case IdempotencyResult.Conflict when sale is { IsKeyDerived: true, Request.Replaces: { } replaced }:
                throw await replacement.ConflictAsync(replaced);
            default:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyConflict,
                    "idempotency_key was used with other arguments. Repeat those arguments, or choose a new key for a new sale.",
                    "idempotency_key");
        }
    }

    private async Task<StartedCheckout> SendAsync(IdempotencyResult.Send send, Sale sale)
    {
        var request = send.Resumed ? JsonSerializer.Deserialize(send.Request, SessionRequestJson.Default.SessionRequest)! : sale.Request;
        Session? session = null;
        try
        {
            await ClaimAsync(sale, request, send.Resumed);
            await ReserveAsync(sale, request);
            session = await ObtainAsync(request, send.Resumed);
            if (session is null)
            {
                await AbandonAsync(sale, request);
                return await RunAsync(sale);
            }

            if (request.Replaces is { } replaced && await replacement.CloseAsync(replaced) is { } completed)
            {
                await AbandonAsync(sale, request, session.Id);
                throw completed;
            }

            var link = await RecordAsync(sale, request, session);
            return Result(request, session, link, replayed: send.Resumed) with { DeliveryOptions = await DeliveryAsync(request, session.Currency) };
        }
        catch (StripeFailure failure)
        {
            Log.StripeFailed(logger, request.OrderRef, CheckoutErrorJson.NameOf(failure.Code), failure.RequestId);
            if (failure.IsDefinitive)
            {
                await AbandonAsync(sale, request, session?.Id);
            }
            else
            {
                // The session may exist, so that its units stay reserved.
                await requests.ReleaseAsync(sale.Key);
            }

            throw StripeErrors.Explain(failure, request);
        }
    }

    private Task<IReadOnlyList<DeliveryOption>?> DeliveryAsync(SessionRequest request, string currency) =>
        delivery.OfAsync(request.Parameters, currency, CancellationToken.None);

    /// <summary>Claims the checkout that the request replaces, if it replaces one.</summary>
    private async Task ClaimAsync(Sale sale, SessionRequest request, bool resumed)
    {
        if (request.Replaces is not { } replaced || await replacement.ClaimAsync(replaced, request.OrderRef) is not { } rejected)
        {
            return;
        }

        // A lost attempt may have created the session before the buyer completed the old one.
        await AbandonAsync(sale, request, resumed ? (await stripe.FindAsync(request))?.Id : null);
        throw rejected;
    }

    /// <summary>Forgets a request that sells nothing, with what it has reserved, claimed and created.</summary>
    private async Task AbandonAsync(Sale sale, SessionRequest request, string? sessionId = null)
    {
        await stock.ReleaseAsync(request.OrderRef);
        if (request.Replaces is { } replaced)
        {
            await replacement.AbandonAsync(replaced, request.OrderRef, sessionId);
        }

        await requests.ForgetAsync(sale.Key);
    }

    private async Task ReserveAsync(Sale sale, SessionRequest request)
    {
        var replaced = request.Replaces is { } sessionId ? (await ledger.FindAsync(sessionId))?.OrderRef : null;
        if (await stock.ReserveAsync(request.OrderRef, request.ExpiresAt, UnitsOf(request), replaced) is not { } shortage)
        {
            return;
        }

        await AbandonAsync(sale, request);
        var index = request.Lines.ToList().FindLastIndex(line => line.Group == shortage.Product);
        var param = request.Lines.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"line_items[{index}].quantity") : "quantity";
        throw new CheckoutException(
            CheckoutErrorCode.OutOfStock,
            shortage.Left == 0
                ? $"{param} is too large, because this product is sold out."
                : string.Create(CultureInfo.InvariantCulture, $"{param} is too large, because {shortage.Left} {(shortage.Left == 1 ? "unit" : "units")} of this product are left."),
            param);
    }

    /// <summary>The units of each product of the catalog, whose lines may have several prices.</summary>
    private static StockLine[] UnitsOf(SessionRequest request) =>
    [
        .. request.Lines.Where(line => line.Group is not null).GroupBy(line => line.Group!, StringComparer.Ordinal)
            .Select(lines => new StockLine(lines.Key, lines.Sum(line => line.Quantity), lines.First().Stock)),
    ];

    /// <summary>The request's session, or null if the request was resumed too late to create one.</summary>
    private async Task<Session?> ObtainAsync(SessionRequest request, bool resumed)
    {
        try
        {
            return await CreateAsync(request);
        }
        catch (StripeFailure failure) when (resumed && failure.IsDefinitive && failure.StripeParam == "expires_at")
        {
            // The request's expiry has passed and Stripe has deleted its key, but the lost attempt may have created the session.
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
                // The session may exist despite the saved 500: https://docs.stripe.com/error-low-level#server-errors
                if (await stripe.FindAsync(request) is { } created)
                {
                    return created;
                }
            }
        }
    }

    // Asks Stripe first, because a payment or an expiry reaches the ledger a moment later.
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

    private static RequestedSale Requested(SessionRequest request) => new(
        request.OrderRef,
        request.Lines.All(line => line.Amount() is not null) ? request.Lines.Sum(line => line.Amount()) : null,
        request.Currency ?? request.Lines[0].Currency);

    /// <returns>Our own link of the page, or null if it has none.</returns>
    private async Task<string?> RecordAsync(Sale sale, SessionRequest request, Session session)
    {
        var lines = SoldLines.Of(request, session);
        var link = await links.CreateAsync(session);
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
            ProductName = SoldLines.NameOf(lines),
            ClientReferenceId = request.ClientReferenceId ?? "",
            Owner = sale.Key.Owner,
            Principal = sale.Caller.Id,
            BuyerRef = sale.BuyerRef ?? "",
            Buyer = sale.Key.Buyer ?? "",
            ShortLink = link,
            LineItems = lines,
            TotalVaries = request.TotalVaries,
            Replaces = request.Replaces ?? "",
            Locale = session.Locale is null or AutomaticLocale ? "" : session.Locale,
        });
        if (request.Replaces is { } replaced)
        {
            await replacement.CompleteAsync(replaced, request.OrderRef, session.Id);
        }

        // Before the caller has the link, so that no buyer pays what nothing has reserved.
        await stock.AttachAsync(request.OrderRef, session.Id);
        await requests.CompleteAsync(sale.Key, session.Id);
        telemetry.Created(request.Mode, session.Currency);
        McpApiTelemetry.TagSession(Activity.Current, session.Id);
        Activity.Current?.SetTag("stripe.request_id", session.StripeResponse?.RequestId);
        return links.Of(link);
    }

    /// <summary>The current state of a session that an earlier call has created.</summary>
    public async Task<StartedCheckout> GetExistingAsync(string sessionId)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        var order = await ledger.FindAsync(sessionId)
            ?? throw new CheckoutException(
                CheckoutErrorCode.NotFound, $"The session {sessionId} of this idempotency_key is no longer in the seller's ledger.", "idempotency_key");
        var status = SessionStatus.Of(order, time.GetUtcNow());
        return new StartedCheckout
        {
            CheckoutUrl = status == SessionStatus.Open ? links.Of(order) : null,
            PageUrl = status == SessionStatus.Open ? order.CheckoutUrl : null,
            SessionId = sessionId,
            Status = status,
            PaymentStatus = order.PaymentStatus,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
            ExpiresAt = order.ExpiresAt,
            Livemode = order.Livemode,
            OrderRef = order.OrderRef,
            Replaces = order.Replaces,
            ReplacedBy = order.ReplacedBy,
            Replayed = true,
        };
    }

    private static StartedCheckout Result(SessionRequest request, Session session, string? link, bool replayed) => new()
    {
        CheckoutUrl = session.Url is null ? null : link ?? session.Url,
        PageUrl = session.Url,
        SessionId = session.Id,
        Status = session.Status,
        PaymentStatus = session.PaymentStatus,
        AmountTotal = session.AmountTotal ?? 0,
        Currency = session.Currency,
        ExpiresAt = new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero),
        Livemode = session.Livemode,
        OrderRef = request.OrderRef,
        Replaces = request.Replaces,
        Replayed = replayed,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Order {OrderRef}: the call to Stripe failed with {Code} (request {RequestId}).")]
        public static partial void StripeFailed(ILogger logger, string orderRef, string code, string? requestId);
    }
}
