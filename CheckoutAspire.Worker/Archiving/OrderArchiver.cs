using System.Diagnostics;
using CheckoutAspire.Archive;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Archiving;

/// <summary>
/// Moves old orders, their journal and the audit from Redis to the archive, and deletes from the archive what is older than its retention. One worker at a
/// time does it. After each batch it pauses for as long as the batch took, so that events are processed in between.
/// </summary>
internal sealed partial class OrderArchiver(
    JournalArchiving archiving,
    IOrderArchive archive,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    IOptions<ArchiveOptions> options,
    TimeProvider time,
    ILogger<OrderArchiver> logger) : BackgroundService
{
    private static readonly TimeSpan s_shortestLease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestLease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMinutes(10);

    private readonly ArchiveOptions _options = options.Value;

    private TimeSpan Interval => _options.After / 100 is var wanted && wanted < s_shortestInterval ? s_shortestInterval
        : wanted > s_longestInterval ? s_longestInterval
        : wanted;

    /// <summary>How long a worker that has died keeps the others from archiving.</summary>
    private TimeSpan Lease => Interval < s_shortestLease ? s_shortestLease : Interval > s_longestLease ? s_longestLease : Interval;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await archiving.TryLeadAsync(Lease))
                {
                    await ArchiveAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, (exception.InnerException ?? exception).GetType().Name);
            }

            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            await archiving.ReleaseAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The lease runs out instead.
            Log.Interrupted(logger, exception.GetType().Name);
        }
    }

    private async Task ArchiveAsync(CancellationToken stopping)
    {
        var total = 0;
        foreach (var partition in partitions.All)
        {
            await RepeatAsync(
                async () =>
                {
                    var now = time.GetUtcNow();
                    var (moved, hasMore) = await archiving.ArchiveAsync(partition, now, now - _options.After);
                    total += moved;
                    return hasMore;
                },
                stopping);
        }

        await RepeatAsync(() => archiving.ArchiveAuditAsync(time.GetUtcNow() - _options.After), stopping);
        if (total > 0)
        {
            Log.Archived(logger, total);
        }

        if (_options.Retention is { } retention && await archive.DeleteAsync(time.GetUtcNow() - retention) is > 0 and var deleted)
        {
            Log.Deleted(logger, deleted);
        }
    }

    /// <summary>Repeats a batch while there is more to do and this worker leads.</summary>
    private async Task RepeatAsync(Func<Task<bool>> batch, CancellationToken stopping)
    {
        var clock = Stopwatch.StartNew();
        while (!stopping.IsCancellationRequested && await batch() && await archiving.TryLeadAsync(Lease))
        {
            await Task.Delay(clock.Elapsed, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            clock.Restart();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} settled orders left Redis for the archive.")]
        public static partial void Archived(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Information, "{Count} orders were deleted from the archive, because their retention has ended.")]
        public static partial void Deleted(ILogger logger, int count);

        [LoggerMessage(3, LogLevel.Warning, "Old orders could not be moved to the archive ({Error}); they stay in Redis, and it is tried again.")]
        public static partial void Interrupted(ILogger logger, string error);
    }
}
