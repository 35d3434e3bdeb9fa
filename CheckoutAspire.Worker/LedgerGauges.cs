using System.Diagnostics.Metrics;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker;

/// <summary>
/// The ledger's figures as metrics. Alert on the age of the oldest unfinished work: work that never finishes has no latency.
/// </summary>
internal sealed partial class LedgerGauges : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMinutes(2);

    private readonly LedgerStatistics _statistics;
    private readonly LedgerReadiness _ledger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ILogger<LedgerGauges> _logger;
    private volatile LedgerFigures _figures = new(0, 0, 0, 0, 0, 0, null);

    public LedgerGauges(LedgerStatistics statistics, LedgerPartitions partitions, LedgerReadiness ledger, IMeterFactory meters, TimeProvider time, ILogger<LedgerGauges> logger)
    {
        (_statistics, _ledger, _time, _logger) = (statistics, ledger, time, logger);

        // Many partitions are read less often, so that an idle worker's commands do not grow with them.
        _interval = s_interval * partitions.All.Count is var wanted && wanted < s_longestInterval ? wanted : s_longestInterval;
        var meter = meters.Create(WorkerTelemetry.Name);
        meter.CreateObservableGauge("checkout.ledger.oldest_owed_age", OldestOwedAge, "s", "How long the oldest paid order or unsettled entry has waited.");
        meter.CreateObservableGauge("checkout.ledger.backlog", () => _figures.Backlog, "{entry}", "Entries in the events streams.");
        meter.CreateObservableGauge("checkout.ledger.pending", () => _figures.Pending, "{entry}", "Entries that a worker has read and not settled.");
        meter.CreateObservableGauge("checkout.ledger.postponed", () => _figures.Postponed, "{entry}", "Entries that wait for a retry.");
        meter.CreateObservableGauge("checkout.ledger.dead_letters", () => _figures.Dead, "{entry}", "Entries that were dead-lettered.");
        meter.CreateObservableGauge("checkout.ledger.owed", () => _figures.Owed, "{order}", "Orders that are paid, not fulfilled and not held.");
        meter.CreateObservableGauge("checkout.ledger.held", () => _figures.Held, "{order}", "Orders that wait for an operator's decision.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            try
            {
                _figures = await _statistics.ReadAsync();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.NotRead(_logger, exception.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private double OldestOwedAge() => _figures.OldestOwed is { } since ? Math.Max(0, (_time.GetUtcNow() - since).TotalSeconds) : 0;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The ledger's figures could not be read ({Error}).")]
        public static partial void NotRead(ILogger logger, string error);
    }
}
