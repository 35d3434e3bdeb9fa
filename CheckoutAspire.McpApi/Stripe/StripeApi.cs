using System.Diagnostics;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Calls Stripe's API, each in a span and with a timeout. Every failure leaves as a <see cref="StripeFailure"/>, which contains no text of Stripe's.
/// </summary>
/// <remarks>
/// It has an HTTP client of its own. The default resilience handler of <see cref="IHttpClientFactory"/> would add retries to those of
/// Stripe.net, which retries under one idempotency key.
/// </remarks>
internal sealed class StripeApi : IDisposable
{
    // Connections are replaced regularly, so that changes of Stripe's DNS entries take effect.
    private readonly SocketsHttpHandler _connections = new() { PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public StripeApi(IOptions<StripeOptions> options, IOptions<StripeTimeouts> timeouts, TimeProvider time)
    {
        _http = new HttpClient(_connections, disposeHandler: false) { Timeout = timeouts.Value.Attempt };
        Client = options.Value.CreateClient(_http);
        _time = time;
    }

    /// <summary>The client for Stripe.net's services, whose calls go through <see cref="CallAsync"/>.</summary>
    public IStripeClient Client { get; }

    /// <summary>Makes a call with its retries.</summary>
    /// <param name="operation">Name of the span, for example <c>checkout.sessions.create</c>.</param>
    /// <param name="timeout">Timeout of all attempts together.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    /// <exception cref="StripeFailure">Stripe rejected the request, failed or did not answer in time.</exception>
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
