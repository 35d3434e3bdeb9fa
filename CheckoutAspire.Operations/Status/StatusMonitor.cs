using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>
/// Reads the system's state every few seconds, on one instance at a time: keeps a sample of each minute, evaluates the rules, and begins and ends alerts.
/// </summary>
internal sealed partial class StatusMonitor(
    StatusReader reader,
    StatusBoard board,
    StatusSamples samples,
    StatusGauges gauges,
    StatusLease lease,
    AlertLedger alerts,
    AlertMessages messages,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    IOptions<AlertOptions> options,
    TimeProvider time,
    ILogger<StatusMonitor> logger) : BackgroundService
{
    private const int RateMinutes = 5;

    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMinutes(1);

    /// <summary>What a reading may take before another instance takes the lease.</summary>
    private static readonly TimeSpan s_readWithin = TimeSpan.FromSeconds(10);

    /// <summary>Many partitions are read less often, so that the commands of an idle installation do not grow with them.</summary>
    private readonly TimeSpan _interval = options.Value.Interval * partitions.All.Count is var wanted && wanted < s_longestInterval ? wanted : s_longestInterval;
    private long _sampledMinute;
    private bool _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await lease.HoldAsync((3 * _interval) + s_readWithin))
                {
                    await WatchAsync();
                }

                _failed = false;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // Once for each interruption.
                if (!_failed)
                {
                    Log.Interrupted(logger, RedisRefusal.Describe(exception));
                }

                _failed = true;
            }
            catch (Exception exception)
            {
                Log.Failed(logger, exception);
            }

            await Task.Delay(_interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            await lease.ReleaseAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The lease runs out instead.
            Log.NotReleased(logger, exception.GetType().Name);
        }
    }

    private async Task WatchAsync()
    {
        var status = await reader.ReadAsync();
        var recent = await samples.ReadAsync(status.ReadAt, RateMinutes);
        status = status with { FulfilledPerMinute = Trends.FulfilledPerMinute(recent, status) };
        if (Sample.MinuteOf(status.ReadAt) is var minute && minute != _sampledMinute)
        {
            await samples.AddAsync(Sample.Of(status));
            _sampledMinute = minute;
        }

        status = status with { Alerts = await ChangeAlertsAsync(status) };
        await board.SetAsync(status);
        gauges.Set(status);
    }

    /// <summary>Begins the alerts whose condition holds, and ends those whose condition does not hold any more.</summary>
    /// <returns>The active alerts with what is wrong now.</returns>
    private async Task<IReadOnlyList<ActiveAlert>> ChangeAlertsAsync(SystemStatus status)
    {
        var state = await alerts.ReadAsync();
        var active = state.Active.ToDictionary(alert => alert.Rule, StringComparer.Ordinal);
        var raised = AlertRules.Evaluate(status, options.Value, state.WatchedSince, active.ContainsKey);
        foreach (var alert in raised.Where(alert => !active.ContainsKey(alert.Rule)).Select(alert => new ActiveAlert(alert.Rule, status.ReadAt, alert.Text)))
        {
            if (await alerts.BeginAsync(alert, messages.Began(alert)))
            {
                Log.Began(logger, alert.Rule, alert.Text);
            }
        }

        foreach (var alert in state.Active.Where(alert => raised.All(still => still.Rule != alert.Rule)))
        {
            if (await alerts.EndAsync(alert, status.ReadAt, messages.Ended(alert, status.ReadAt)))
            {
                Log.Ended(logger, alert.Rule, Durations.Text(status.ReadAt - alert.Since));
            }
        }

        return [.. raised.Select(alert => new ActiveAlert(alert.Rule, active.GetValueOrDefault(alert.Rule)?.Since ?? status.ReadAt, alert.Text)).OrderBy(alert => alert.Since)];
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The alert {Alert} began: {Text}")]
        public static partial void Began(ILogger logger, string alert, string text);

        [LoggerMessage(2, LogLevel.Warning, "The alert {Alert} ended after {Duration}.")]
        public static partial void Ended(ILogger logger, string alert, string duration);

        [LoggerMessage(3, LogLevel.Warning, "The system's state could not be read ({Error}). No alert begins or ends until Redis answers.")]
        public static partial void Interrupted(ILogger logger, string error);

        [LoggerMessage(4, LogLevel.Error, "The system's state could not be read.")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(5, LogLevel.Debug, "The lease could not be released ({Error}); it runs out.")]
        public static partial void NotReleased(ILogger logger, string error);
    }
}
