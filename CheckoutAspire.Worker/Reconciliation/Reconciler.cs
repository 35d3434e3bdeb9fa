using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Compares Stripe's lists with the ledger, at start and every few minutes, and appends what the ledger does not know to the stream. Stripe
/// may fail to generate an event, and Redis may lose one: only lists of objects are complete
/// (<see href="https://docs.stripe.com/webhooks/handle-irrecoverable-events"/>).
/// </summary>
/// <remarks>
/// One worker does so at a time, under a lease in Redis. A pass reads all lists at once, each with one request in flight: a list that fails
/// stops alone, and continues in the next pass from where it stopped.
/// </remarks>
internal sealed partial class Reconciler(
    IEnumerable<IStripeList> lists,
    ListReading reading,
    WaitingDebits waiting,
    ReconciliationLease lease,
    LedgerReadiness ledger,
    WorkerTelemetry telemetry,
    ServiceReports reports,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<Reconciler> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.Lease / 2, time);
        do
        {
            try
            {
                if (await lease.TryTakeAsync(options.Value.Lease))
                {
                    await HoldLeaseAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.RedisUnavailable(logger, RedisRefusal.Describe(exception));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Makes passes for as long as this worker holds the lease.</summary>
    private async Task HoldLeaseAsync(CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var (renewal, passes) = (RenewAsync(ended.Token), PassesAsync(ended.Token));
        await Task.WhenAny(renewal, passes);
        await ended.CancelAsync();
        await Task.WhenAll(renewal, passes);
        await lease.ReleaseAsync();
    }

    /// <summary>Renews the lease; returns when it is lost.</summary>
    private async Task RenewAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                try
                {
                    if (!await lease.RenewAsync(options.Value.Lease))
                    {
                        return;
                    }
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    Log.RedisUnavailable(logger, RedisRefusal.Describe(exception));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    private async Task PassesAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Value.ReconcileInterval, time);
        try
        {
            do
            {
                await PassAsync(ended);
            }
            while (await timer.WaitForNextTickAsync(ended));
        }
        catch (OperationCanceledException)
        {
            // The worker stops, or another one has the lease.
        }
    }

    private Task PassAsync(CancellationToken cancellationToken)
    {
        // A sweep must not delay the next pass over what is new.
        var deadline = time.GetUtcNow() + options.Value.ReconcileInterval;
        return Task.WhenAll(
        [
            .. lists.Select(list => RunAsync(list.Name, async () =>
            {
                if (list.ReadsNew)
                {
                    await reading.ReadNewAsync(list, cancellationToken);
                }

                await reading.SweepAsync(list, deadline, cancellationToken);
            }, cancellationToken)),
            RunAsync(WaitingDebits.Name, () => waiting.ReadAsync(cancellationToken), cancellationToken),
        ]);
    }

    private async Task RunAsync(string list, Func<Task> read, CancellationToken cancellationToken)
    {
        try
        {
            await read();
            telemetry.SetReconciled(list, time.GetUtcNow());
            await reports.SetPassedAsync(list, time.GetUtcNow());
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var failure = StripeReader.Describe(exception);
            telemetry.CountReconciliationFailure(list, "list");
            Log.Stopped(logger, list, failure);
            await ReportFailureAsync(list, failure);
        }
        catch (Exception)
        {
            // The worker stops, or another one has taken the lease. The next pass continues where this one stopped.
        }
    }

    private async Task ReportFailureAsync(string list, string failure)
    {
        try
        {
            await reports.SetFailedAsync(list, failure, time.GetUtcNow());
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.RedisUnavailable(logger, RedisRefusal.Describe(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Reading Stripe's list of {List} failed ({Error}). The next pass continues where it stopped.")]
        public static partial void Stopped(ILogger logger, string list, string error);

        [LoggerMessage(2, LogLevel.Warning, "Reconciliation was interrupted ({Error}); it is tried again.")]
        public static partial void RedisUnavailable(ILogger logger, string error);
    }
}
