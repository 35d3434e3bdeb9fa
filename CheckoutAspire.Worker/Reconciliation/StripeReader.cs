using System.Net;
using System.Threading.RateLimiting;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// What the worker asks of Stripe's API, within a rate that leaves the account's budget to the tool calls
/// (<see href="https://docs.stripe.com/rate-limits"/>: 25 requests a second in a sandbox).
/// </summary>
/// <remarks>Throws <see cref="StripeException"/>; its own client is outside the services' default resilience handler.</remarks>
internal sealed class StripeReader : IDisposable
{
    private const int RequestsPerSecond = 20;
    private const int MaxRateLimitedTries = 6;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly TokenBucketRateLimiter _budget = new(new()
    {
        TokenLimit = RequestsPerSecond,
        TokensPerPeriod = RequestsPerSecond / 10,
        ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
        QueueLimit = int.MaxValue,
    });

    private readonly TimeProvider _time;
    private readonly SessionService _sessions;
    private readonly InvoiceService _invoices;

    public StripeReader(IOptions<StripeOptions> options, TimeProvider time)
    {
        _time = time;
        var client = new StripeClient(new StripeClientOptions
        {
            ApiKey = options.Value.SecretKey.Value,
            ApiBase = options.Value.ApiBase.GetLeftPart(UriPartial.Authority),
            HttpClient = new SystemNetHttpClient(_http, maxNetworkRetries: 2, enableTelemetry: false),
        });
        _sessions = new SessionService(client);
        _invoices = new InvoiceService(client);
    }

    /// <summary>A page of sessions created since a time, newest first.</summary>
    public Task<StripeList<Session>> ListAsync(DateTimeOffset since, string? startingAfter, CancellationToken cancellationToken) =>
        SendAsync(() => _sessions.ListAsync(
            new SessionListOptions
            {
                Created = new DateRangeOptions { GreaterThanOrEqual = since.UtcDateTime },
                Limit = 100,
                StartingAfter = startingAfter,
            },
            cancellationToken: cancellationToken), cancellationToken);

    /// <summary>The session of a payment intent, or null.</summary>
    public async Task<Session?> FindByPaymentIntentAsync(string paymentIntent, CancellationToken cancellationToken) =>
        (await SendAsync(() => _sessions.ListAsync(
            new SessionListOptions { PaymentIntent = paymentIntent, Limit = 1 },
            cancellationToken: cancellationToken), cancellationToken)).Data.FirstOrDefault();

    /// <summary>A session.</summary>
    public Task<Session> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        SendAsync(() => _sessions.GetAsync(sessionId, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>The metadata of a paid session, or of a renewal's invoice.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(string id, CancellationToken cancellationToken) =>
        IsInvoice(id)
            ? (await SendAsync(() => _invoices.GetAsync(id, cancellationToken: cancellationToken), cancellationToken)).Metadata
            : (await GetAsync(id, cancellationToken)).Metadata;

    /// <summary>Writes the witness: when the order was fulfilled.</summary>
    public Task WriteWitnessAsync(string id, DateTimeOffset fulfilledAt, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { [CheckoutMetadata.FulfilledAt] = fulfilledAt.ToString("O") };
        return IsInvoice(id)
            ? SendAsync(() => _invoices.UpdateAsync(id, new InvoiceUpdateOptions { Metadata = metadata }, cancellationToken: cancellationToken), cancellationToken)
            : SendAsync(() => _sessions.UpdateAsync(id, new SessionUpdateOptions { Metadata = metadata }, cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>What went wrong, for a log: Stripe's code and status, never its text, which may quote a request.</summary>
    public static string Describe(Exception exception) => exception is StripeException stripe
        ? $"{(int)stripe.HttpStatusCode} {stripe.StripeError?.Code ?? stripe.StripeError?.Type ?? stripe.InnerException?.GetType().Name}"
        : exception.GetType().Name;

    public void Dispose()
    {
        _budget.Dispose();
        _http.Dispose();
    }

    private static bool IsInvoice(string id) => id.StartsWith("in_", StringComparison.Ordinal);

    /// <summary>Stripe.net never retries a 429; this does, ever more slowly.</summary>
    private async Task<T> SendAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var permit = await _budget.AcquireAsync(cancellationToken: cancellationToken);
            try
            {
                return await send();
            }
            catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.TooManyRequests && attempt < MaxRateLimitedTries)
            {
                var seconds = Math.Pow(2, attempt - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
                await Task.Delay(TimeSpan.FromSeconds(seconds), _time, cancellationToken);
            }
        }
    }
}
