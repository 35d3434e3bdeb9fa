using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Records at Stripe when each session was fulfilled, so that nothing is fulfilled again if this ledger is lost.</summary>
internal sealed partial class WitnessWriter(
    WitnessOutbox outbox,
    OrderLedger orders,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    StripeReader account,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<WitnessWriter> logger) : BackgroundService
{
    private const int BatchSize = 20;
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var partition in partitions.All)
                {
                    while (await WriteAsync(partition, stoppingToken) == BatchSize)
                    {
                        // There is more.
                    }
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, exception.GetType().Name);
            }
        }
    }

    private async Task<int> WriteAsync(LedgerPartition partition, CancellationToken stoppingToken)
    {
        var due = await outbox.TakeAsync(partition, BatchSize, s_retryAfter);
        foreach (var id in due)
        {
            try
            {
                if (await orders.FindAsync(id) is { FulfilledAt: { } fulfilledAt } order)
                {
                    await account.WriteWitnessAsync(id, fulfilledAt, stoppingToken);
                    await outbox.CompleteAsync(id, order.PaymentIntent, order.Subscription);
                }
            }
            catch (Exception exception) when (exception is StripeException or HttpRequestException or OperationCanceledException
                && !stoppingToken.IsCancellationRequested)
            {
                Log.NotWritten(logger, id, StripeReader.Describe(exception));
            }
        }

        return due.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The witness of {OrderId} could not be written to Stripe ({Error}); it is retried later.")]
        public static partial void NotWritten(ILogger logger, string orderId, string error);

        [LoggerMessage(2, LogLevel.Warning, "Redis does not answer ({Error}).")]
        public static partial void Interrupted(ILogger logger, string error);
    }
}
