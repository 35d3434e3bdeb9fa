using System.Threading.Channels;
using CheckoutAspire.Orders;
using StackExchange.Redis;

namespace CheckoutAspire.Worker;

/// <summary>
/// Reads the events streams as one consumer of the group. StackExchange.Redis has no blocking read, for it would block every
/// caller of the connection: a doorbell (a published message) says that there is something to read, and a slow poll makes up
/// for a message that was lost.
/// </summary>
internal sealed partial class EventConsumer(
    IConnectionMultiplexer redis,
    EventStream events,
    LedgerPartitions partitions,
    LedgerStatus ledger,
    EventProcessor processor,
    ILogger<EventConsumer> logger) : BackgroundService
{
    private const int BatchSize = 128;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(500);

    private readonly string _name = $"{Environment.MachineName}-{Guid.NewGuid():N}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        await Task.WhenAll(partitions.All.Select(partition => ConsumeAsync(partition, stoppingToken)));
    }

    private async Task ConsumeAsync(LedgerPartition partition, CancellationToken stoppingToken)
    {
        var doorbell = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var subscribed = false;
        var ready = false;
        var cursor = StreamPosition.Beginning;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!subscribed)
                {
                    await redis.GetSubscriber().SubscribeAsync(partition.Doorbell, (_, _) => doorbell.Writer.TryWrite(0));
                    subscribed = true;
                }

                if (!ready)
                {
                    await events.EnsureGroupAsync(partition);
                    ready = true;
                }

                var taken = await events.TakeOverAsync(partition, _name, s_idle, cursor, BatchSize);
                cursor = taken.NextStartId;
                await ProcessAsync(partition, taken.ClaimedEntries);

                var fresh = await events.ReadNewAsync(partition, _name, BatchSize);
                await ProcessAsync(partition, fresh);
                if (fresh.Length == 0)
                {
                    await WaitAsync(doorbell.Reader, stoppingToken);
                }
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
            {
                // The stream was deleted or flushed: begin again.
                ready = false;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, partition.EventsName, exception.GetType().Name);
                await Task.Delay(s_pauseAfterError, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Task ProcessAsync(LedgerPartition partition, StreamEntry[] entries) =>
        Task.WhenAll(entries.Select(entry => ProcessAsync(partition, entry)));

    /// <summary>An entry that fails stays pending and is taken over later; it never stops those beside it.</summary>
    private async Task ProcessAsync(LedgerPartition partition, StreamEntry entry)
    {
        try
        {
            await processor.ProcessAsync(partition, entry);
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, entry.Id.ToString(), partition.EventsName);
        }
    }

    private static async Task WaitAsync(ChannelReader<byte> doorbell, CancellationToken stoppingToken)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        poll.CancelAfter(s_poll);
        try
        {
            await doorbell.ReadAsync(poll.Token);
        }
        catch (OperationCanceledException)
        {
            // Time to look by itself, or to stop.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Reading {Stream} was interrupted ({Error}); trying again.")]
        public static partial void Interrupted(ILogger logger, string stream, string error);

        [LoggerMessage(2, LogLevel.Error, "Entry {EntryId} of {Stream} failed and stays pending.")]
        public static partial void Failed(ILogger logger, Exception exception, string entryId, string stream);
    }
}
