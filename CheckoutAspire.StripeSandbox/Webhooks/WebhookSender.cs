using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Delivers events, and retries after each delay of the schedule until the receiver answers 2xx.</summary>
/// <remarks><see href="https://docs.stripe.com/webhooks#behaviors"/></remarks>
internal sealed partial class WebhookSender(
    WebhookQueue queue, SandboxStore store, IOptions<SandboxOptions> options, TimeProvider time, ILogger<WebhookSender> logger) : BackgroundService
{
    private const int Concurrency = 8;
    private const int Batch = 32;

    /// <summary>Not created by IHttpClientFactory, whose resilience handlers would retry and break the circuit. A redirect is a failure.</summary>
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectCallback = options.Value.AllowRemoteWebhooks ? null : ConnectToThisMachineAsync,
        UseProxy = options.Value.AllowRemoteWebhooks,

        // Stripe sends no traceparent header: the services must find the trace in the object's metadata.
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    public override void Dispose()
    {
        _client.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (queue.Configured is null)
        {
            Log.NoConfiguredEndpoint(logger);
        }

        await Parallel.ForEachAsync(
            DueAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stoppingToken },
            async (attempt, cancellationToken) =>
            {
                var (status, error) = await SendAsync(attempt, cancellationToken);
                Record(attempt, status, error);
            });
    }

    /// <summary>Takes due deliveries only as fast as they can be sent, so that a slow receiver does not build up a queue in memory.</summary>
    private async IAsyncEnumerable<Attempt> DueAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var due = store.Transact(null, Take);
            foreach (var attempt in due)
            {
                yield return attempt;
            }

            if (due.Count == 0)
            {
                await queue.WaitAsync(cancellationToken);
            }
        }
    }

    private static List<Attempt> Take(Transaction transaction)
    {
        var attempts = new List<Attempt>();
        foreach (var delivery in transaction.Due<Delivery>(Batch))
        {
            // Not journaled: if the process dies now, the delivery is sent again.
            delivery.NextTryAt = null;
            transaction.Hold(delivery);
            if (transaction.TryFind<StoredEndpoint>(delivery.EndpointId, out var endpoint)
                && transaction.TryFind<SandboxEvent>(delivery.EventId, out var recorded))
            {
                var older = endpoint.Endpoint.ApiVersion is { } version ? EventVersions.ToJson(transaction, recorded, version) : null;
                attempts.Add(new Attempt(delivery, recorded, older, endpoint.Endpoint.Url, endpoint.SecretsAt(transaction.Now)));
            }
        }

        return attempts;
    }

    private async Task<(int? Status, string? Error)> SendAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        var number = attempt.Delivery.Attempts + 1;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, attempt.Url);
            var body = StripeJson.Print(attempt.Versioned ?? attempt.Event.ToJson());
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            request.Headers.TryAddWithoutValidation("User-Agent", WebhookSignature.UserAgent);
            request.Headers.Add("Stripe-Signature", WebhookSignature.Sign(body, attempt.Secrets, time.GetUtcNow()));
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            Log.Answered(logger, attempt.Event.Type, attempt.Event.Id, number, (int)response.StatusCode);
            return ((int)response.StatusCode, null);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NotReached(logger, attempt.Event.Type, attempt.Event.Id, number, exception.Message);
            return (null, exception.Message);
        }
    }

    private void Record(Attempt attempt, int? status, string? error) => store.Transact(null, transaction =>
    {
        var delivery = attempt.Delivery;
        var hadSucceeded = delivery.Succeeded;
        delivery.Attempts++;
        delivery.LastTryAt = transaction.Now;
        delivery.LastStatus = status;
        delivery.LastError = error;
        delivery.Succeeded |= status is >= 200 and < 300;
        if (status is not (>= 200 and < 300))
        {
            var delays = options.Value.RetryDelays;
            delivery.NextTryAt = delivery.Attempts <= delays.Count ? transaction.Now + delays[delivery.Attempts - 1] : null;
            if (delivery.NextTryAt is null)
            {
                Log.GaveUp(logger, delivery.EventType, delivery.EventId, delivery.Attempts);
            }
        }
        else
        {
            if (delivery.Repeats > 0)
            {
                delivery.Repeats--;
                delivery.NextTryAt = transaction.Now;
            }

            WebhookDispatch.Release(transaction, store.Faults, delivery);
            if (!hadSucceeded && --attempt.Event.PendingWebhooks == 0)
            {
                queue.Acknowledge(attempt.Event);
            }

            queue.Wake();
        }

        return transaction.Save(delivery);
    });

    /// <summary>
    /// Connects to loopback addresses only. The check is here and not in the API, because a host name may resolve to another address at any delivery: a
    /// caller of the sandbox could otherwise make it send requests into this machine's network.
    /// </summary>
    private static async ValueTask<Stream> ConnectToThisMachineAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        IPAddress[] local = [.. addresses.Where(IPAddress.IsLoopback)];
        if (local.Length == 0)
        {
            throw new HttpRequestException("The endpoint is on another machine. Set SANDBOX_ALLOW_REMOTE_WEBHOOKS=true to allow it.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(local, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A delivery attempt, with the data that it needs outside the store's lock.</summary>
    private sealed record Attempt(Delivery Delivery, SandboxEvent Event, JsonObject? Versioned, string Url, IReadOnlyList<string> Secrets);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "SANDBOX_WEBHOOK_URL is not set. Events are delivered only to endpoints created through the API and to `stripe listen`.")]
        public static partial void NoConfiguredEndpoint(ILogger logger);

        [LoggerMessage(2, LogLevel.Information, "{Type} {EventId}: attempt {Attempt} was answered with {Status}.")]
        public static partial void Answered(ILogger logger, string type, string eventId, int attempt, int status);

        [LoggerMessage(3, LogLevel.Warning, "{Type} {EventId}: attempt {Attempt} did not reach the receiver: {Reason}")]
        public static partial void NotReached(ILogger logger, string type, string eventId, int attempt, string reason);

        [LoggerMessage(4, LogLevel.Error, "{Type} {EventId}: delivery failed after {Attempt} attempts and is not retried.")]
        public static partial void GaveUp(ILogger logger, string type, string eventId, int attempt);
    }
}
