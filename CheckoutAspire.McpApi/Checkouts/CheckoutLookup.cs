using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Looks up checkouts in the ledger, and at Stripe while an order is not settled.</summary>
internal sealed partial class CheckoutLookup(
    Ownership ownership,
    OrderLedger ledger,
    SubscriptionRenewals renewals,
    StripeSessions stripe,
    ShortLinks links,
    LedgerMode mode,
    TimeProvider time,
    ILogger<CheckoutLookup> logger)
{
    /// <summary>The most renewals in an answer: a year of months.</summary>
    private const int MaxRenewals = 12;

    /// <summary>A session of the caller. A session of another caller is reported as not found.</summary>
    /// <exception cref="CheckoutException">The session does not exist, or neither the ledger nor Stripe can be reached.</exception>
    public async Task<CheckoutDetails> GetAsync(string sessionId, Caller caller, CancellationToken cancellationToken)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        return await FindAsync(sessionId, caller) is { } order
            ? Describe(
                order,
                SessionStatus.IsSettled(order) ? null : await TryRetrieveAsync(sessionId, cancellationToken),
                await FindSubscriptionAsync(order))
            : Describe(await RetrieveUnrecordedAsync(sessionId, caller, cancellationToken));
    }

    /// <summary>The order of a session of the caller, or null if the ledger does not have the session.</summary>
    /// <exception cref="CheckoutException">The session is another caller's. Stripe would say the same, so it is not asked.</exception>
    public async Task<Order?> FindAsync(string sessionId, Caller caller)
    {
        var order = await ledger.FindAsync(sessionId);
        return order is null || ownership.IsOwn(caller, order) ? order : throw NotFound();
    }

    /// <summary>A session of the caller from the ledger, for callers that follow it. Stripe is never called.</summary>
    /// <exception cref="CheckoutException">The ledger has no such session of the caller.</exception>
    public async Task<CheckoutDetails> GetFromLedgerAsync(string sessionId, Caller caller)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        return await FindAsync(sessionId, caller) is { } order
            ? Describe(order, session: null, await FindSubscriptionAsync(order))
            : throw NotFound();
    }

    /// <summary>
    /// A session of the caller that the ledger does not have, from Stripe: after a crash between Stripe's response and our record. An id of the other mode
    /// was never ours.
    /// </summary>
    /// <exception cref="CheckoutException">The session does not exist, or the call to Stripe failed.</exception>
    public Task<Session> RetrieveUnrecordedAsync(string sessionId, Caller caller, CancellationToken cancellationToken) =>
        sessionId.StartsWith(mode.Livemode ? "cs_live_" : "cs_test_", StringComparison.Ordinal)
            ? RetrieveAsync(stripe.LookUpUnrecordedAsync(sessionId, caller.Id, session => ownership.IsOwn(caller, session), cancellationToken), caller)
            : throw NotFound();

    /// <summary>A session of the caller from Stripe.</summary>
    /// <exception cref="CheckoutException">The session does not exist, or the call to Stripe failed.</exception>
    public Task<Session> RetrieveAsync(string sessionId, Caller caller, CancellationToken cancellationToken) =>
        RetrieveAsync(stripe.LookUpAsync(sessionId, cancellationToken), caller);

    private async Task<Session> RetrieveAsync(Task<Session> lookup, Caller caller)
    {
        try
        {
            var session = await lookup;
            if (ownership.IsOwn(caller, session))
            {
                return session;
            }
        }
        catch (StripeFailure failure) when (failure.Code is not CheckoutErrorCode.NotFound)
        {
            throw StripeErrors.Explain(failure);
        }
        catch (StripeFailure)
        {
            // Reported below like a session of another caller, so that callers cannot find out which ids exist.
        }

        throw NotFound();
    }

    private static CheckoutException NotFound() => new(CheckoutErrorCode.NotFound, "There is no checkout with this session_id.", "session_id");

    private async Task<Session?> TryRetrieveAsync(string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            return await stripe.LookUpAsync(sessionId, cancellationToken);
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.RateLimited)
        {
            // Callers can cause this, so it is not logged.
            return null;
        }
        catch (StripeFailure failure)
        {
            // The ledger's state may be older, but it is available.
            Log.LookupFailed(logger, sessionId, CheckoutErrorJson.NameOf(failure.Code));
            return null;
        }
    }

    private async Task<CheckoutSubscription?> FindSubscriptionAsync(Order order) => CheckoutSubscription.IsBegunBy(order)
        ? CheckoutSubscription.From(order, await renewals.ListAsync(order.SessionId, MaxRenewals))
        : null;

    private CheckoutDetails Describe(Order order, Session? session, CheckoutSubscription? subscription)
    {
        var status = session?.Status ?? SessionStatus.Of(order, time.GetUtcNow());
        // Amounts and currency come from one source: Stripe may have presented an older session in the buyer's currency.
        var currency = session?.Currency ?? order.Currency;
        return new CheckoutDetails
        {
            SessionId = order.SessionId,
            Status = status,
            PaymentStatus = session?.PaymentStatus ?? order.PaymentStatus,
            StatusSource = session is null ? StatusSource.Ledger : StatusSource.Stripe,
            State = order.State,
            OrderState = order.State.Name(),
            Reason = OrderReason.Of(order),
            OrderRef = order.OrderRef,
            OrderNumber = order.Number,
            BuyerStatus = BuyerStatuses.Of(order, time.GetUtcNow()).Name(),
            AmountSubtotal = session?.AmountSubtotal ?? order.AmountSubtotal,
            AmountTotal = session?.AmountTotal ?? order.AmountTotal,
            AmountRefunded = order.AmountRefunded > 0 ? order.AmountRefunded : null,
            Currency = currency,
            Livemode = order.Livemode,
            Mode = order.Mode,
            CheckoutUrl = status == SessionStatus.Open ? links.Of(order) ?? session?.Url : null,
            ExpiresAt = order.ExpiresAt,
            Replaces = order.Replaces,
            ReplacedBy = order.ReplacedBy,
            BuyerRef = CallerTextMembers.Show(order.BuyerRef),
            ProductId = CallerTextMembers.Show(order.ProductId),
            ProductName = CallerTextMembers.Show(order.ProductName),
            ClientReferenceId = CallerTextMembers.Show(order.ClientReferenceId),
            CallerText = CallerTextMembers.Of(order, withLines: true),
            LineItems = [.. order.LineItems.Select(line => LineItem.From(line, isPriced: currency == order.Sold.Currency))],
            Timeline = [.. order.Timeline.Select(TimelineStep.From)],
            Subscription = subscription,
            Fulfillment = new Fulfillment { Key = order.FulfillmentKey, Count = order.Fulfillments, FulfilledAt = order.FulfilledAt },
        };
    }

    private static CheckoutDetails Describe(Session session) => new()
    {
        SessionId = session.Id,
        Status = session.Status,
        PaymentStatus = session.PaymentStatus,
        StatusSource = StatusSource.Stripe,
        OrderState = ReportedOrderStatesAttribute.Unrecorded,
        OrderRef = OrderRefOf(session),
        OrderNumber = OrderNumber.Of(OrderRefOf(session), session.Id),
        BuyerStatus = BuyerStatuses.Of(session.Status, session.PaymentStatus).Name(),
        AmountSubtotal = session.AmountSubtotal ?? 0,
        AmountTotal = session.AmountTotal ?? 0,
        Currency = session.Currency,
        Livemode = session.Livemode,
        Mode = session.Mode,
        CheckoutUrl = session.Url,
        ExpiresAt = new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero),
        ProductId = CallerTextMembers.Show(session.Metadata.GetValueOrDefault(CheckoutMetadata.ProductId)),
        ClientReferenceId = CallerTextMembers.Show(session.ClientReferenceId),
        CallerText = session.ClientReferenceId is null ? null : ["client_reference_id"],
        LineItems = [],
        Timeline = [],
        Fulfillment = new Fulfillment { Key = "fulfill/" + session.Id, Count = 0 },
    };

    /// <summary>The reference that our request left in a session's metadata.</summary>
    public static string OrderRefOf(Session? session) => session?.Metadata.GetValueOrDefault(CheckoutMetadata.OrderRef) ?? "";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{SessionId}: the lookup at Stripe failed ({Code}); the ledger's state is returned.")]
        public static partial void LookupFailed(ILogger logger, string sessionId, string code);
    }
}
