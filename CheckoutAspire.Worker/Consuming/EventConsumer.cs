using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Fulfillment;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Consumes the events streams: one <see cref="PartitionConsumer"/> for each partition.</summary>
/// <remarks>
/// Messages tell the consumers what to do; polls only make up for lost ones. All partitions together are therefore polled about as often as one
/// alone. Each worker reports that it is alive: when one has died, the others look at once for what it left in each partition.
/// </remarks>
internal sealed partial class EventConsumer(
    IConnectionMultiplexer redis,
    EventStream events,
    OrderTransitions transitions,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    EventProcessor processor,
    HandlerPauses pauses,
    ConsumerSupervisor supervisor,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<PartitionConsumer> logger) : BackgroundService
{
    private readonly HashSet<string> _foundDead = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        await pauses.WhenReadAsync(stoppingToken);
        using var alone = new SemaphoreSlim(1);
        var name = EventStream.NewConsumer(options.Value.Lease);
        PartitionConsumer[] consumers =
        [
            .. partitions.All.Select(partition => Consume(partition, name, alone)),
        ];
        await Task.WhenAll(
            [WatchAsync(name, consumers, stoppingToken), .. partitions.All.Zip(consumers, (partition, consumer) => supervisor.RunAsync(partition, consumer.RunAsync, stoppingToken))]);
        await LeaveAsync(name);
    }

    private PartitionConsumer Consume(LedgerPartition partition, string name, SemaphoreSlim alone)
    {
        var settings = options.Value;
        var schedule = new MaintenanceSchedule(settings.PollInterval, time);
        var inFlight = new InFlightEntries(partition, name, events, processor, schedule, alone, settings, time, logger);
        var pace = new ReadPace(time);
        return new PartitionConsumer(
            partition,
            redis,
            events,
            new EntryReader(partition, name, events, inFlight, pace, settings),
            pace,
            inFlight,
            new PartitionMaintenance(partition, name, events, transitions, pauses, settings, logger),
            schedule,
            settings,
            idleInterval: settings.PollInterval * partitions.All.Count,
            time,
            logger);
    }

    /// <summary>Reports that this worker is alive, and has the partitions looked at when another has died or a pause has ended.</summary>
    private async Task WatchAsync(string name, PartitionConsumer[] consumers, CancellationToken stopping)
    {
        // An entry is taken over when it has been idle for a lease and a second; the worker's last report may be a poll older.
        var deadAfter = options.Value.Lease + options.Value.PollInterval + TimeSpan.FromSeconds(2);
        var (parked, restored) = (0, 0);
        void OnRestored(object? sender, ConnectionFailedEventArgs args) => Volatile.Write(ref restored, 1);
        redis.ConnectionRestored += OnRestored;
        do
        {
            try
            {
                var dead = await events.BeatAsync(name, deadAfter);
                var (before, found) = (parked, dead.Any(_foundDead.Add));
                parked = pauses.ParkedToReturn(all: 2);

                // Messages that were published while the connection was down are lost.
                if (found || parked > before || Interlocked.Exchange(ref restored, 0) == 1)
                {
                    Array.ForEach(consumers, consumer => consumer.MaintainWithin(options.Value.PollInterval));
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.NotReported(logger, exception.GetType().Name);
            }

            await Task.Delay(options.Value.PollInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stopping.IsCancellationRequested);

        redis.ConnectionRestored -= OnRestored;
    }

    private async Task LeaveAsync(string name)
    {
        // The other workers then treat this one as dead, which costs one more look.
        if (!redis.IsConnected)
        {
            return;
        }

        try
        {
            await events.LeaveAsync(name);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.NotReported(logger, exception.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Debug, "Redis does not answer ({Error}).")]
        public static partial void NotReported(ILogger logger, string error);
    }
}
