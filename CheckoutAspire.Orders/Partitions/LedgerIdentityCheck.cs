using System.Globalization;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// Checks that this service belongs to the ledger it finds. The ledger is stamped by the first service that meets it with
/// the number of partitions and, by services that hold a Stripe key, with the key's mode and account, and by workers
/// with their fulfillment handlers; a service with another stops.
/// </summary>
/// <remarks>
/// With another number of partitions, orders would be looked up in the wrong place and fulfilled again. Another mode
/// would mix test orders with live ones, and another account's orders could not be compared with Stripe. While Redis does not answer the service waits, and is not ready. It asks again from
/// time to time: a ledger that was lost, or exchanged for another, is stamped, or refused, while the service runs.
/// </remarks>
internal sealed partial class LedgerIdentityCheck(
    IConnectionMultiplexer redis,
    IOptions<OrdersOptions> options,
    LedgerPartitions partitions,
    IHostApplicationLifetime lifetime,
    ILogger<LedgerIdentityCheck> logger,
    LedgerReadiness status,
    LedgerMode? mode = null,
    StripeAccount? account = null,
    LedgerHandlers? handlers = null,
    LedgerArchive? archive = null) : BackgroundService, IHealthCheck
{
    private static readonly LedgerScript s_begin = new("begin_ledger");
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private int _turn;
    private volatile string? _failure;
    private long _loggedAt;

    /// <summary>The hash with which the ledger is stamped.</summary>
    internal static RedisKey Stamp { get; } = "co:ledger";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(status.Verified
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(_failure is { } failure ? $"The ledger could not be checked: {failure}." : "The ledger is not verified yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await FindMismatchAsync(stoppingToken) is { } mismatch)
                {
                    Log.Refused(logger, mismatch);
                    Environment.ExitCode = 1;
                    await WhenStartedAsync(stoppingToken);
                    lifetime.StopApplication();
                    return;
                }

                _failure = null;
                status.SetVerified();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                NoteFailure(RedisRefusal.Find(exception, RedisRefusal.UserOf(redis))?.TrimEnd('.') ?? $"Redis does not answer ({exception.GetType().Name})");
            }

            await Task.Delay(status.Verified ? s_again : s_retry, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Logs a failure when it begins, when it becomes another one, and once a minute.</summary>
    private void NoteFailure(string failure)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_failure != failure || TimeProvider.System.GetElapsedTime(_loggedAt, now) > s_logInterval)
        {
            _loggedAt = now;
            Log.NotChecked(logger, failure);
        }

        _failure = failure;
    }

    /// <summary>Waits until the host has started: one that is stopped earlier logs its canceled start as a failure, with a stack trace.</summary>
    private async Task WhenStartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(() => started.TrySetResult()))
        await using (stoppingToken.Register(() => started.TrySetResult()))
        {
            await started.Task;
        }
    }

    private async Task<string?> FindMismatchAsync(CancellationToken stoppingToken)
    {
        var count = options.Value.Partitions.ToString(CultureInfo.InvariantCulture);
        var isKnown = await redis.GetDatabase().HashExistsAsync(Stamp, "partitions");
        var stamped = await StampAsync("partitions", count);
        if (stamped != count)
        {
            return $"Orders__Partitions is {count}, but this ledger has {stamped}: "
                + $"set Orders__Partitions={stamped}, or give the service another Redis.";
        }

        // All of them at the start and on a ledger that was lost; later they take turns.
        var begun = isKnown && status.Verified ? partitions.All.Skip(_turn++ % partitions.All.Count).Take(1) : partitions.All;
        await Task.WhenAll(begun.Select(partition => s_begin.EvaluateAsync(redis.GetDatabase(), [partition.Epoch])));
        if (mode is null)
        {
            return null;
        }

        var name = mode.Mode.ToString().ToLowerInvariant();
        stamped = await StampAsync("mode", name);
        if (stamped != name)
        {
            return $"STRIPE_SECRET_KEY is a {name} key, but this ledger holds {stamped} orders: give each mode a Redis of its own.";
        }

        if (archive is null && await redis.GetDatabase().HashExistsAsync(Stamp, LedgerArchive.Field))
        {
            return "Orders of this ledger are in an archive: set ConnectionStrings__archive to its address.";
        }

        if (handlers is not null && await FindOtherHandlersAsync(handlers) is { } others)
        {
            return $"The fulfillment handlers of this worker ({LedgerHandlers.Describe(handlers.Stamp)}) differ from those of this ledger "
                + $"({LedgerHandlers.Describe(others)}): give every worker the same handlers, or stop all workers and start them with "
                + $"Worker__ReplacesHandlers={LedgerHandlers.Describe(others)}.";
        }

        // While Stripe does not answer, the service works and asks again.
        if (account is null || await account.FindAsync(stoppingToken) is not { } id)
        {
            return null;
        }

        stamped = await StampAsync("account", id);
        return stamped == id
            ? null
            : $"STRIPE_SECRET_KEY belongs to the account {id}, but this ledger holds orders of {stamped}: give each account a Redis of its own.";
    }

    /// <summary>The set of handlers that the ledger is stamped with, if it is another one and is not to be replaced.</summary>
    private async Task<string?> FindOtherHandlersAsync(LedgerHandlers own)
    {
        var stamped = await StampAsync(LedgerHandlers.Field, own.Stamp);
        if (stamped != own.Stamp && stamped == own.ReplacedStamp)
        {
            await redis.GetDatabase().HashSetAsync(Stamp, LedgerHandlers.Field, own.Stamp);
            stamped = own.Stamp;
            Log.HandlersReplaced(logger, LedgerHandlers.Describe(own.ReplacedStamp), LedgerHandlers.Describe(own.Stamp));
        }

        return stamped == own.Stamp ? null : stamped;
    }

    private async Task<string> StampAsync(RedisValue field, string value)
    {
        var database = redis.GetDatabase();
        // Read first: a full Redis refuses every write, even one that changes nothing, and the worker must start so that it can free memory.
        if (await database.HashGetAsync(Stamp, field) is { IsNull: false } stamped)
        {
            return stamped.ToString();
        }

        try
        {
            return await database.HashSetAsync(Stamp, field, value, When.NotExists)
                ? value
                : (await database.HashGetAsync(Stamp, field)).ToString();
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("OOM", StringComparison.Ordinal))
        {
            // The stamp follows when there is room again, which this service may have to make.
            return value;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "{Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Information, "The ledger's fulfillment handlers were {Before} and are now {Handlers}.")]
        public static partial void HandlersReplaced(ILogger logger, string before, string handlers);

        [LoggerMessage(2, LogLevel.Warning, "The ledger could not be checked: {Failure}.")]
        public static partial void NotChecked(ILogger logger, string failure);
    }
}
