using System.Net.Http.Headers;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>Delivers events like Stripe: retries until the response is 2xx, each time with a new timestamp and signature.</summary>
/// <param name="receiver">Returns the receiver's current address.</param>
internal sealed class StripeSender(Func<Uri> receiver) : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private int _accepted;
    private int _retries;
    private int _unanswered;

    /// <summary>Deliveries with a 2xx response.</summary>
    public int Accepted => _accepted;

    /// <summary>Deliveries without a 2xx response, which were retried.</summary>
    public int Retries => _retries;

    /// <summary>Deliveries without any response.</summary>
    public int Unanswered => _unanswered;

    /// <summary>Delivers an event until the response is 2xx.</summary>
    /// <exception cref="InvalidOperationException">The receiver rejected the event as invalid, so a retry cannot succeed.</exception>
    public async Task DeliverAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_deadline);
        while (await TryDeliverAsync(body, deadline.Token) is var status and not (>= 200 and < 300))
        {
            if (status is >= 400 and < 500)
            {
                throw new InvalidOperationException($"The receiver rejected an event with {status}.");
            }

            Interlocked.Increment(ref _retries);
            await Task.Delay(s_pause, deadline.Token);
        }

        Interlocked.Increment(ref _accepted);
    }

    /// <summary>Delivers the events of paid sessions, four at a time.</summary>
    public Task DeliverAllAsync(IEnumerable<string> sold, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        sold,
        new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
        async (sessionId, cancellation) => await DeliverAsync(StripeEvents.Checkout(sessionId), cancellation));

    /// <summary>Delivers an event once.</summary>
    /// <returns>The status code, or null if there was no response.</returns>
    public async Task<int?> TryDeliverAsync(byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(receiver(), "webhook/stripe")) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            request.Headers.Add("Stripe-Signature", StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), StripeEvents.Secret));
            using var response = await _http.SendAsync(request, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Interlocked.Increment(ref _unanswered);
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
