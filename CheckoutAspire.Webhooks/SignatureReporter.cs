using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// Reports correct and wrong signatures for the operators' status page and alerts, every second while there are any. Any client can cause a wrong one, which
/// therefore costs Redis nothing by itself.
/// </summary>
internal sealed partial class SignatureReporter(
    WebhooksTelemetry telemetry, ServiceReports reports, LedgerReadiness ledger, TimeProvider time, ILogger<SignatureReporter> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ReportAsync();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.NotReported(logger, exception.GetType().Name);
            }
        }
    }

    private Task ReportAsync() => telemetry.TakeSignatures() switch
    {
        (_, true) => reports.SetSignatureVerifiedAsync(time.GetUtcNow()),
        ( > 0 and var failures, _) => reports.AddSignatureFailuresAsync(failures, time.GetUtcNow()),
        _ => Task.CompletedTask,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The deliveries' signatures could not be reported ({Error}).")]
        public static partial void NotReported(ILogger logger, string error);
    }
}
