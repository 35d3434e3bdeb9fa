using System.Net.Http.Headers;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>Delivers events as Stripe does: again until it is answered 2xx, each time with a fresh timestamp and signature.</summary>
/// <param name="receiver">Where the receiver is now.</param>
internal sealed class StripeSender(Func<Uri> receiver) : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private int _accepted;
    private int _retries;

    /// <summary>Deliveries that were answered 2xx.</summary>
    public int Accepted => _accepted;

    /// <summary>Deliveries that were not, and were made again.</summary>
    public int Retries => _retries;

    /// <summary>Delivers until it is answered 2xx.</summary>
    /// <exception cref="InvalidOperationException">It was refused as invalid, which a retry cannot mend.</exception>
    public async Task DeliverAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_deadline);
        while (await TryDeliverAsync(body, deadline.Token) is var status and not (>= 200 and < 300))
        {
            if (status is >= 400 and < 500)
            {
                throw new InvalidOperationException($"The receiver refused an event with {status}.");
            }

            Interlocked.Increment(ref _retries);
            await Task.Delay(s_pause, deadline.Token);
        }

        Interlocked.Increment(ref _accepted);
    }

    /// <summary>Delivers once.</summary>
    /// <returns>The status, or null when there was no answer.</returns>
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
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
