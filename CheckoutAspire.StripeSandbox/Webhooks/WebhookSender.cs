using System.Net.Http.Headers;
using System.Text;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Delivers events, and again after each delay of the schedule until the receiver answers 2xx.</summary>
/// <remarks><see href="https://docs.stripe.com/webhooks#behaviors"/></remarks>
internal sealed partial class WebhookSender(
    WebhookQueue queue, SandboxStore store, IOptions<SandboxOptions> options, TimeProvider time, ILogger<WebhookSender> logger) : BackgroundService
{
    private const int Concurrency = 8;

    /// <summary>Not the factory's client: this one must neither retry nor break the circuit, and a redirect is a failure.</summary>
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        // Stripe sends no traceparent: the trace is carried by metadata, and it must be proven without this.
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>What the process before this one recorded and did not deliver.</summary>
    private readonly IReadOnlyList<SandboxEvent> _leftOver = store.Transact(
        null, transaction => transaction.NewestFirst<SandboxEvent>().Where(recorded => recorded.PendingWebhooks > 0).Reverse().ToList());

    public override void Dispose()
    {
        _client.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.WebhookUrl is not { } url)
        {
            Log.NowhereToSend(logger);
            return;
        }

        queue.Enqueue(_leftOver);
        await Parallel.ForEachAsync(
            queue.Due.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stoppingToken },
            async (delivery, cancellationToken) =>
            {
                if (await TrySendAsync(url, delivery, cancellationToken))
                {
                    Acknowledge(delivery.Event);
                }
                else
                {
                    _ = TryLaterAsync(delivery, stoppingToken);
                }
            });
    }

    private void Acknowledge(SandboxEvent recorded)
    {
        store.Transact(null, transaction =>
        {
            recorded.PendingWebhooks = 0;
            return transaction.Save(recorded);
        });
        queue.Acknowledge(recorded);
    }

    private async Task<bool> TrySendAsync(string url, Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url);
            var body = StripeJson.Print(delivery.Event.ToJson());
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
            request.Headers.Add("Stripe-Signature", WebhookSignature.Sign(body, options.Value.WebhookSecrets, time.GetUtcNow()));
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            Log.Answered(logger, delivery.Event.Type, delivery.Event.Id, delivery.Attempt, (int)response.StatusCode);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NotReached(logger, delivery.Event.Type, delivery.Event.Id, delivery.Attempt, exception.Message);
            return false;
        }
    }

    private async Task TryLaterAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var delays = options.Value.RetryDelays;
        if (delivery.Attempt > delays.Count)
        {
            Log.GaveUp(logger, delivery.Event.Type, delivery.Event.Id, delivery.Attempt);
            return;
        }

        try
        {
            await Task.Delay(delays[delivery.Attempt - 1], time, cancellationToken);
            queue.EnqueueAgain(delivery with { Attempt = delivery.Attempt + 1 });
        }
        catch (OperationCanceledException)
        {
            // The sandbox stops.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "SANDBOX_WEBHOOK_URL is not set: events are recorded but delivered nowhere.")]
        public static partial void NowhereToSend(ILogger logger);

        [LoggerMessage(2, LogLevel.Information, "{Type} {EventId}: try {Attempt} answered {Status}.")]
        public static partial void Answered(ILogger logger, string type, string eventId, int attempt, int status);

        [LoggerMessage(3, LogLevel.Warning, "{Type} {EventId}: try {Attempt} did not reach the receiver: {Reason}")]
        public static partial void NotReached(ILogger logger, string type, string eventId, int attempt, string reason);

        [LoggerMessage(4, LogLevel.Error, "{Type} {EventId}: given up after {Attempt} tries.")]
        public static partial void GaveUp(ILogger logger, string type, string eventId, int attempt);
    }
}
