using CheckoutAspire.Orders.Stock;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Compares reservations with their orders once a minute, so that stock is right although nothing is sold or listed.</summary>
internal sealed partial class StockReconciliation(StockReservations reservations, TimeProvider time, ILogger<StockReconciliation> logger) : BackgroundService
{
    private const int MostAtOnce = 1000;

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await reservations.SettleDueAsync(MostAtOnce);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // The next pass finds the same reservations.
                Log.Skipped(logger, exception.GetType().Name);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Reserved stock was not compared with its orders, because Redis is unreachable ({Error}).")]
        public static partial void Skipped(ILogger logger, string error);
    }
}
