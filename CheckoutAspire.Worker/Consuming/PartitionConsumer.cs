using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Consumes one partition: reads new entries, takes over abandoned ones, puts due ones back, and releases its own when it stops.</summary>
/// <remarks>
/// How the parts meet:
/// <list type="bullet">
/// <item>The stream <c>events</c> holds every verified event until a script applies it. That script acknowledges and deletes the entry in the
/// same step, so an entry is either in the stream or in effect.</item>
/// <item>An entry that fails goes to the sorted set <c>retry</c>, scored by when it is due, and comes back as a new entry. After the last
/// attempt, or at once when no attempt could help, it goes to the stream <c>dead</c>, which is never trimmed.</item>
/// <item>An order with handlers is claimed: a lease, which the running worker renews, and a fence, which grows with each claim. The entry stays
/// pending until the fulfillment commits under that fence. If the worker dies, its entries become idle; when the lease has run out, another
/// worker takes them over and claims the order under the next fence. A worker that was only slow then commits nothing.</item>
/// <item>A takeover from another worker counts as a crash against the entry, because the entry may have ended that worker. An entry that a worker
/// releases, or takes up again itself, does not count: the worker stopped in an orderly way, or Redis failed.</item>
/// <item>A worker that stops releases its entries and leases, and publishes a signal, so that the others take over at once.</item>
/// </list>
/// </remarks>
internal sealed partial class PartitionConsumer(
    LedgerPartition partition,
    IConnectionMultiplexer redis,
    EventStream events,
    EntryReader reader,
    ReadPace pace,
    InFlightEntries inFlight,
    PartitionMaintenance maintenance,
    MaintenanceSchedule schedule,
    WorkerOptions options,
    TimeSpan idleInterval,
    TimeProvider time,
    ILogger<PartitionConsumer> logger)
{
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(250);

    /// <summary>Consumes until the worker stops.</summary>
    /// <param name="completedRound">Called after each round that Redis answered.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    public async Task RunAsync(Action completedRound, CancellationToken stopping)
    {
        // Handlers may run for the grace period after the worker was asked to stop.
        using var handlers = new CancellationTokenSource();
        await using var signal = new StreamSignal(redis, partition);
        schedule.Signal = signal;
        schedule.Restart(TimeSpan.Zero);
        var grouped = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var isAway = pace.IsAway;
                await (isAway ? signal.LeaveAsync() : signal.SubscribeAsync());
                if (!grouped)
                {
                    await events.EnsureGroupAsync(partition);
                    grouped = true;
                }

                if (signal.ReleaseAnnounced || schedule.IsDue)
                {
                    signal.ReleaseAnnounced = false;
                    schedule.Restart(idleInterval);
                    await foreach (var (left, isSuspect) in maintenance.RunAsync(inFlight.FindLongRunning()))
                    {
                        await inFlight.WaitForRoomAsync(stopping);
                        if (isSuspect)
                        {
                            await inFlight.StartAloneAsync(left, stopping, handlers.Token);
                        }
                        else
                        {
                            inFlight.Start(left, stopping, handlers.Token);
                        }
                    }

                    if (!inFlight.IsEmpty || maintenance.NextDue < idleInterval)
                    {
                        schedule.MaintainWithin(inFlight.IsEmpty ? maintenance.NextDue!.Value : options.PollInterval);
                    }
                }

                var messages = signal.TakeAnnounced();
                var read = await reader.ReadAsync(() => !signal.ReleaseAnnounced && !schedule.IsDue, stopping, handlers.Token);
                completedRound();
                pace.NoteRead(read, messages);
                if (read == 0)
                {
                    await WaitAsync(signal, isAway, stopping);
                }
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
            {
                // The stream was deleted, flushed, or is not yet there after a failover: begin again.
                grouped = false;
                schedule.MaintainWithin(options.PollInterval);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, partition.EventsName, exception.GetType().Name);
                schedule.MaintainWithin(options.PollInterval);
                await Task.Delay(s_pauseAfterError, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await StopAsync(handlers);
    }

    /// <summary>Has the partition maintained within a time: retries, and what other workers left, wait no longer than that.</summary>
    public void MaintainWithin(TimeSpan atMost) => schedule.MaintainWithin(atMost);

    /// <summary>Waits until there may be something to do. A worker that has left the channel waits for no message, even if its absence has ended meanwhile.</summary>
    private async Task WaitAsync(StreamSignal signal, bool isAway, CancellationToken stopping)
    {
        if (isAway)
        {
            await signal.WaitAsync(schedule.Left < ReadPace.AwayPause ? schedule.Left : ReadPace.AwayPause, time, stopping);
            return;
        }

        await signal.WaitAsync(schedule.Left, stopping);
        if (pace.IsBehind && !signal.ReleaseAnnounced)
        {
            await Task.Delay(ReadPace.Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pace.NotePause(signal.Announced);
            if (pace.IsAway)
            {
                // A worker of an earlier version announces a release on the channel that is left now.
                schedule.MaintainWithin(options.PollInterval);
            }
        }
    }

    private async Task StopAsync(CancellationTokenSource handlers)
    {
        try
        {
            await maintenance.ReleaseAsync(await inFlight.StopAsync(handlers));
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The lease will run out instead.
            Log.NotReleased(logger, partition.EventsName, exception.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Reading {Stream} was interrupted ({Error}); trying again.")]
        public static partial void Interrupted(ILogger logger, string stream, string error);

        [LoggerMessage(3, LogLevel.Warning, "The entries in flight of {Stream} could not be released ({Error}); their leases will run out.")]
        public static partial void NotReleased(ILogger logger, string stream, string error);
    }
}
