using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker;

/// <summary>Reports how many orders this worker has fulfilled, for the operators' status page: every few seconds while there are any, and when it stops.</summary>
internal sealed partial class FulfilledReporter(
    WorkerTelemetry telemetry, ServiceReports reports, LedgerReadiness ledger, TimeProvider time, ILogger<FulfilledReporter> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ReportAsync();
        }
    }

    private async Task ReportAsync()
    {
        if (telemetry.TakeFulfilled() is not (> 0 and var count))
        {
            return;
        }

        try
        {
            await reports.AddFulfilledAsync(count);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            telemetry.ReturnFulfilled(count);
            Log.NotReported(logger, exception.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The number of fulfilled orders could not be reported ({Error}).")]
        public static partial void NotReported(ILogger logger, string error);
    }
}
