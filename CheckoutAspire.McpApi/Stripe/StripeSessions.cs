using System.Diagnostics;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe's Checkout Sessions. Every failure leaves as a <see cref="StripeFailure"/>.</summary>
internal sealed class StripeSessions(StripeApi stripe, StripeLookups lookups, IOptions<StripeTimeouts> timeouts)
{
    private const int PageSize = 100;
    private const int MaxPages = 10;

    // Stripe's clock and ours may differ.
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    private readonly SessionService _sessions = new(stripe.Client);

    /// <summary>Creates the session, or returns the one that was created with this key before.</summary>
    public Task<Session> CreateAsync(SessionRequest request, string idempotencyKey) =>
        CallAsync(
            "create",
            timeouts.Value.Call,
            token => _sessions.CreateAsync(request.ToStripe(), new RequestOptions { IdempotencyKey = idempotencyKey }, token),
            CancellationToken.None);

    /// <summary>Retrieves a session that a caller asks for, on the budget of <see cref="StripeLookups"/>.</summary>
    public Task<Session> LookUpAsync(string sessionId, CancellationToken cancellationToken) =>
        lookups.ReadAsync(sessionId, () => GetAsync(sessionId, cancellationToken));

    /// <summary>The same for a session that the ledger does not have. A session that is not the caller's is not found.</summary>
    public Task<Session> LookUpUnrecordedAsync(string sessionId, string caller, Predicate<Session> isOwn, CancellationToken cancellationToken) =>
        lookups.ReadUnrecordedAsync(sessionId, caller, () => GetAsync(sessionId, cancellationToken), isOwn);

    /// <summary>Retrieves a session for a sale.</summary>
    public Task<Session> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        CallAsync("retrieve", timeouts.Value.Lookup, token => _sessions.GetAsync(sessionId, cancellationToken: token), cancellationToken);

    /// <summary>Expires an open session, after which it cannot be paid.</summary>
    public Task<Session> ExpireAsync(string sessionId) =>
        CallAsync("expire", timeouts.Value.Call, token => _sessions.ExpireAsync(sessionId, cancellationToken: token), CancellationToken.None);

    /// <summary>The session that a request has created although its response was lost, or null.</summary>
    public Task<Session?> FindAsync(SessionRequest request) =>
        stripe.CallAsync("checkout.sessions.find", timeouts.Value.Call, token => FindAsync(request, token), CancellationToken.None);

    private async Task<Session?> FindAsync(SessionRequest request, CancellationToken cancellationToken)
    {
        var options = new SessionListOptions
        {
            Limit = PageSize,
            Created = new DateRangeOptions { GreaterThanOrEqual = (request.WrittenAt - s_clockSkew).UtcDateTime },
        };
        for (var page = 0; page < MaxPages; page++)
        {
            var sessions = await _sessions.ListAsync(options, cancellationToken: cancellationToken);
            if (sessions.FirstOrDefault(session => MadeBy(session, request)) is { } found)
            {
                return found;
            }

            if (!sessions.HasMore)
            {
                return null;
            }

            options.StartingAfter = sessions.Last().Id;
        }

        // There are more sessions than were read, so the session may exist, and creating another one could sell twice.
        throw new StripeFailure(CheckoutErrorCode.StripeError);
    }

    private static bool MadeBy(Session session, SessionRequest request) =>
        session.Metadata?.GetValueOrDefault(CheckoutMetadata.OrderRef) == request.OrderRef
        && session.Metadata.GetValueOrDefault(CheckoutMetadata.Deployment) == request.Metadata[CheckoutMetadata.Deployment];

    private Task<Session> CallAsync(
        string operation, TimeSpan timeout, Func<CancellationToken, Task<Session>> call, CancellationToken cancellationToken) =>
        stripe.CallAsync($"checkout.sessions.{operation}", timeout, async token => Accept(await call(token)), cancellationToken);

    // The callers rely on these members, which every response of Stripe has.
    private static Session Accept(Session session)
    {
        if (session is not { Id: not null, Status: not null, PaymentStatus: not null, Currency: not null, AmountSubtotal: not null, AmountTotal: not null })
        {
            throw new StripeFailure(CheckoutErrorCode.StripeError);
        }

        Activity.Current?.SetTag("stripe.request_id", session.StripeResponse?.RequestId);
        McpApiTelemetry.TagSession(Activity.Current, session.Id);
        return session;
    }
}
