using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Writes to each fulfilled session at Stripe when it was fulfilled, so that nothing is fulfilled again if this ledger is lost. Each round
/// takes a few orders of every partition and writes them in parallel, within the rate that all calls of Stripe share.
/// </summary>
internal sealed partial class WitnessWriter(
    WitnessOutbox outbox,
    FulfilledPartitions fulfilled,
    OrderLedger orders,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    StripeReader account,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<WitnessWriter> logger) : BackgroundService
{
    private const int RoundSize = 64;

    /// <summary>Partitions that one look covers. With more of them, looks take turns, and fulfillments of this worker are looked at at once.</summary>
    private const int LookedAt = 4;
    private const int AtOnce = 16;
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Orders of one partition in a round: none waits for the backlog of another.</summary>
    private readonly int _share = Math.Max(1, RoundSize / partitions.All.Count);
    private int _turn;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var due = NextPartitions();
                while (due.Count > 0)
                {
                    // Those that had more than their share come again.
                    due = await WriteRoundAsync(due, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, RedisRefusal.Describe(exception));
            }
        }
    }

    private List<LedgerPartition> NextPartitions()
    {
        var next = new HashSet<LedgerPartition>(fulfilled.TakeAll().Select(number => partitions.All[number]));
        for (var i = 0; i < LookedAt; i++)
        {
            next.Add(partitions.All[_turn++ % partitions.All.Count]);
        }

        return [.. next];
    }

    /// <returns>The partitions that had more.</returns>
    private async Task<List<LedgerPartition>> WriteRoundAsync(List<LedgerPartition> looked, CancellationToken stoppingToken)
    {
        var due = await Task.WhenAll(looked.Select(partition => outbox.TakeAsync(partition, _share, s_retryAfter)));
        await Parallel.ForEachAsync(
            due.SelectMany(orders => orders.Select((id, place) => (id, place))).OrderBy(order => order.place).Select(order => order.id),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
            async (id, cancellation) => await WriteAsync(id, cancellation));
        return [.. looked.Where((_, place) => due[place].Count == _share)];
    }

    private async Task WriteAsync(string id, CancellationToken cancellation)
    {
        if (await orders.FindAsync(id) is not { FulfilledAt: { } fulfilledAt } order)
        {
            return;
        }

        await outbox.IndexAsync(id, order.PaymentIntent, order.Subscription);
        try
        {
            await account.WriteWitnessAsync(id, fulfilledAt, cancellation);
            await outbox.CompleteAsync(id);
        }
        catch (StripeException exception) when (StripeReader.IsPermanent(exception))
        {
            var refusal = StripeReader.Describe(exception);
            if (await outbox.RefuseAsync(id, refusal))
            {
                Log.Refused(logger, id, refusal);
            }
        }
        catch (Exception exception) when (exception is StripeException or HttpRequestException or OperationCanceledException
            && !cancellation.IsCancellationRequested)
        {
            Log.NotWritten(logger, id, StripeReader.Describe(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The witness of {OrderId} could not be written to Stripe ({Error}); it is retried later.")]
        public static partial void NotWritten(ILogger logger, string orderId, string error);

        [LoggerMessage(2, LogLevel.Warning, "Writing witnesses was interrupted ({Error}); it is tried again.")]
        public static partial void Interrupted(ILogger logger, string error);

        [LoggerMessage(3, LogLevel.Error, "Stripe refuses the witness of {OrderId} ({Error}); the order has none, and it is not tried again.")]
        public static partial void Refused(ILogger logger, string orderId, string error);
    }
}
