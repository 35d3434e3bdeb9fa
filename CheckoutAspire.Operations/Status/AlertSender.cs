using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>
/// Sends the messages about alerts to <c>ALERT_URL</c>, signed, oldest first, each until it is taken: at least once, under a stable <c>webhook-id</c>. After a
/// failure it waits, up to a minute, or as long as the endpoint asks by <c>Retry-After</c>, up to an hour.
/// </summary>
internal sealed partial class AlertSender(
    AlertLedger alerts,
    StatusLease lease,
    IOptions<AlertEndpoint> endpoint,
    IOptions<AlertOptions> options,
    IHttpClientFactory clients,
    TimeProvider time,
    ILogger<AlertSender> logger) : BackgroundService
{
    public const string ClientName = "alerts";

    /// <summary>How long the endpoint may take to answer one attempt.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_longestRetryAfter = TimeSpan.FromHours(1);

    private int _failures;
    private TimeSpan _retryAfter;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (endpoint.Value.Url is null)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = options.Value.Interval * Math.Pow(2, Math.Min(_failures, 16));
            wait = wait < s_longestWait ? wait : s_longestWait;
            var asked = _retryAfter < s_longestRetryAfter ? _retryAfter : s_longestRetryAfter;
            await Task.Delay(asked > wait ? asked : wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (lease.IsHeld && !stoppingToken.IsCancellationRequested)
                {
                    await SendAllAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is RedisException or RedisTimeoutException)
            {
                Log.Interrupted(logger, exception.GetType().Name);
            }
        }
    }

    /// <summary>Sends what waits, until one message is not taken: the order tells receivers what is true now.</summary>
    private async Task SendAllAsync(CancellationToken stoppingToken)
    {
        foreach (var message in (await alerts.ReadAsync()).Messages)
        {
            try
            {
                using var client = clients.CreateClient(ClientName);
                await endpoint.Value.SendAsync(client, message.Id, message.Body, time.GetUtcNow(), stoppingToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                if (!stoppingToken.IsCancellationRequested && _failures++ == 0)
                {
                    Log.NotTaken(logger, message.Id, SignedEndpoint.Describe(exception));
                }

                _retryAfter = SignedEndpoint.RetryAfter(exception);
                return;
            }

            await alerts.CompleteAsync(message);
            (_failures, _retryAfter) = (0, TimeSpan.Zero);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "ALERT_URL did not take the message {Id} ({Failure}). It is sent again until it is taken.")]
        public static partial void NotTaken(ILogger logger, string id, string failure);

        [LoggerMessage(2, LogLevel.Debug, "The messages about alerts could not be read ({Error}).")]
        public static partial void Interrupted(ILogger logger, string error);
    }
}
