using System.Diagnostics;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.Orders;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Sessions;

/// <summary>
/// Checkout Sessions at Stripe. Every failure leaves as a <see cref="StripeFailure"/>: Stripe's texts stay inside.
/// </summary>
/// <remarks>
/// The HTTP client is its own: the default resilience handler of <see cref="IHttpClientFactory"/>'s clients would retry on top of
/// Stripe.net, which already does, under one idempotency key.
/// </remarks>
internal sealed class StripeSessions : IDisposable
{
    private const int MaxNetworkRetries = 2;
    private const int PageSize = 100;
    private const int MaxPages = 10;

    // Stripe's clock and ours may differ.
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    // Recycled, so that a change of Stripe's addresses is seen.
    private readonly SocketsHttpHandler _connections = new() { PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
    private readonly HttpClient _http;
    private readonly SessionService _sessions;
    private readonly TimeProvider _time;
    private readonly StripeTimeouts _timeouts;

    public StripeSessions(IOptions<StripeOptions> options, IOptions<StripeTimeouts> timeouts, TimeProvider time)
    {
        _http = new HttpClient(_connections, disposeHandler: false) { Timeout = timeouts.Value.Attempt };
        _sessions = new SessionService(new StripeClient(new StripeClientOptions
        {
            ApiKey = options.Value.SecretKey.Value,
            ApiBase = options.Value.ApiBase.GetLeftPart(UriPartial.Authority),
            HttpClient = new SystemNetHttpClient(_http, MaxNetworkRetries, enableTelemetry: false),
        }));
        _time = time;
        _timeouts = timeouts.Value;
    }

    /// <summary>Creates the session, or gets the one that this key has made before.</summary>
    public Task<Session> CreateAsync(SessionRequest request, string idempotencyKey) =>
        CallAsync(
            "create",
            _timeouts.Call,
            token => _sessions.CreateAsync(request.ToStripe(), new RequestOptions { IdempotencyKey = idempotencyKey }, token),
            CancellationToken.None);

    /// <summary>A session by its id.</summary>
    public Task<Session> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        CallAsync("retrieve", _timeouts.Lookup, token => _sessions.GetAsync(sessionId, cancellationToken: token), cancellationToken);

    /// <summary>The session that a request has made although its answer was lost, or null when there is none.</summary>
    public Task<Session?> FindAsync(SessionRequest request) =>
        CallAsync("find", _timeouts.Call, token => FindAsync(request, token), CancellationToken.None);

    public void Dispose()
    {
        _http.Dispose();
        _connections.Dispose();
    }

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

        // Too many to say that it is not there, and a guess could sell twice.
        throw new StripeFailure(CheckoutErrorCode.StripeError);
    }

    private static bool MadeBy(Session session, SessionRequest request) =>
        session.Metadata?.GetValueOrDefault(CheckoutMetadata.OrderRef) == request.OrderRef
        && session.Metadata.GetValueOrDefault(CheckoutMetadata.Deployment) == request.Metadata[CheckoutMetadata.Deployment];

    private async Task<T> CallAsync<T>(
        string operation, TimeSpan timeout, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var activity = McpApiTelemetry.Source.StartActivity($"stripe.checkout.sessions.{operation}");
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var answer = await call(either.Token);
            Accept(activity, answer);
            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is not StripeFailure)
        {
            var failure = StripeFailure.From(exception);
            activity?.SetTag("stripe.request_id", failure.RequestId);
            activity?.SetStatus(ActivityStatusCode.Error, McpApiTelemetry.NameOf(failure.Code));
            throw failure;
        }
    }

    // What the rest relies on: an answer without it is not Stripe's.
    private static void Accept<T>(Activity? activity, T answer)
    {
        if (answer is Session session)
        {
            if (session is not { Id: not null, Status: not null, PaymentStatus: not null, Currency: not null, AmountSubtotal: not null, AmountTotal: not null })
            {
                throw new StripeFailure(CheckoutErrorCode.StripeError);
            }

            activity?.SetTag("stripe.request_id", session.StripeResponse?.RequestId);
            McpApiTelemetry.TagSession(activity, session.Id);
        }
    }
}
