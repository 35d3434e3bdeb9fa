using System.Diagnostics;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Calls of Stripe's API: each in a span, within a time of ours. Every failure leaves as a <see cref="StripeFailure"/>: Stripe's texts stay inside.
/// </summary>
/// <remarks>
/// The HTTP client is its own: the default resilience handler of <see cref="IHttpClientFactory"/>'s clients would retry on top of
/// Stripe.net, which already does, under one idempotency key.
/// </remarks>
internal sealed class StripeApi : IDisposable
{
    private const int MaxNetworkRetries = 2;

    // Recycled, so that a change of Stripe's addresses is seen.
    private readonly SocketsHttpHandler _connections = new() { PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public StripeApi(IOptions<StripeOptions> options, IOptions<StripeTimeouts> timeouts, TimeProvider time)
    {
        _http = new HttpClient(_connections, disposeHandler: false) { Timeout = timeouts.Value.Attempt };
        Client = new StripeClient(new StripeClientOptions
        {
            ApiKey = options.Value.SecretKey.Value,
            ApiBase = options.Value.ApiBase.GetLeftPart(UriPartial.Authority),
            HttpClient = new SystemNetHttpClient(_http, MaxNetworkRetries, enableTelemetry: false),
        });
        _time = time;
    }

    /// <summary>For the services of Stripe.net; what they do goes through <see cref="CallAsync"/>.</summary>
    public IStripeClient Client { get; }

    /// <summary>Makes a call, retries included.</summary>
    /// <param name="operation">Names the span: <c>checkout.sessions.create</c>.</param>
    /// <param name="timeout">All attempts together.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The caller gave up.</param>
    /// <exception cref="StripeFailure">Stripe refused, failed or did not answer.</exception>
    public async Task<T> CallAsync<T>(
        string operation, TimeSpan timeout, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var activity = McpApiTelemetry.Source.StartActivity($"stripe.{operation}");
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (StripeFailure failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, CheckoutErrorJson.NameOf(failure.Code));
            throw;
        }
        catch (Exception exception)
        {
            var failure = StripeFailure.From(exception);
            activity?.SetTag("stripe.request_id", failure.RequestId);
            activity?.SetStatus(ActivityStatusCode.Error, CheckoutErrorJson.NameOf(failure.Code));
            throw failure;
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _connections.Dispose();
    }
}
