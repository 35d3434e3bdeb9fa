using System.Collections.Concurrent;
using System.Diagnostics;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Fulfillment;
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
    string consumer,
    IConnectionMultiplexer redis,
    EventStream events,
    OrderTransitions transitions,
    EventProcessor processor,
    HandlerPauses pauses,
    WorkerOptions options,
    SemaphoreSlim alone,
    TimeSpan idleInterval,
    TimeProvider time,
    ILogger<PartitionConsumer> logger)
{
    private const int BatchSize = 256;
    private const int MaxAsking = 4096;
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the others wait for an entry that is processed alone: what ends a worker usually does so at once, even on a machine that stalls.</summary>
    private static readonly TimeSpan s_aloneFor = TimeSpan.FromSeconds(5);

    /// <summary>How long handlers that were canceled may take to notice; an entry whose handler does not is released all the same, and its fence stops the handler.</summary>
    private static readonly TimeSpan s_canceledWithin = TimeSpan.FromSeconds(5);

    /// <summary>By entry id, as text: comparing RedisValues first checks whether both are numbers.</summary>
    private readonly ConcurrentDictionary<string, InFlightEntry> _inFlight = new(StringComparer.Ordinal);
    private readonly Signal _finished = new();
    private readonly ReadPace _pace = new();
    private StreamSignal? _signal;
    private long _maintenanceDue;
    private int _asking;
    private readonly PartitionMaintenance _maintenance = new(partition, consumer, events, transitions, pauses, options, logger);

    /// <summary>Consumes until the worker stops.</summary>
    /// <param name="completedRound">Called after each round that Redis answered.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    public async Task RunAsync(Action completedRound, CancellationToken stopping)
    {
        // Handlers may run for the grace period after the worker was asked to stop.
        using var handlers = new CancellationTokenSource();
        await using var signal = new StreamSignal(redis, partition);
        _signal = signal;
        _maintenanceDue = time.GetTimestamp();
        var grouped = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await signal.SubscribeAsync();
                if (!grouped)
                {
                    await events.EnsureGroupAsync(partition);
                    grouped = true;
                }

                if (signal.ReleaseAnnounced || time.GetTimestamp() >= Volatile.Read(ref _maintenanceDue))
                {
                    signal.ReleaseAnnounced = false;
                    Volatile.Write(ref _maintenanceDue, TimestampAfter(idleInterval));
                    await foreach (var (left, isSuspect) in _maintenance.RunAsync(FindLongRunning()))
                    {
                        await WaitForRoomAsync(stopping);
                        if (isSuspect)
                        {
                            await StartAloneAsync(left, stopping, handlers.Token);
                        }
                        else
                        {
                            Start(left, stopping, handlers.Token);
                        }
                    }

                    if (!_inFlight.IsEmpty || _maintenance.NextDue < idleInterval)
                    {
                        MaintainWithin(_inFlight.IsEmpty ? _maintenance.NextDue!.Value : options.PollInterval);
                    }
                }

                var announced = signal.TakeAnnounced();
                var read = await ReadAsync(stopping, handlers.Token);
                completedRound();
                if (read > 0 || announced)
                {
                    _pace.Note(read);
                }

                if (read == 0)
                {
                    await signal.WaitAsync(UntilMaintenance(), stopping);
                    if (_pace.IsBehind && !signal.ReleaseAnnounced)
                    {
                        await Task.Delay(ReadPace.Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    }
                }
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
            {
                // The stream was deleted, flushed, or is not yet there after a failover: begin again.
                grouped = false;
                MaintainWithin(options.PollInterval);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, partition.EventsName, exception.GetType().Name);
                MaintainWithin(options.PollInterval);
                await Task.Delay(s_pauseAfterError, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await StopAsync(handlers);
    }

    /// <summary>Has the partition maintained within a time: retries, and what other workers left, wait no longer than that.</summary>
    public void MaintainWithin(TimeSpan atMost)
    {
        var wanted = TimestampAfter(atMost > options.PollInterval ? atMost : options.PollInterval);
        for (var known = Volatile.Read(ref _maintenanceDue); wanted < known; known = Volatile.Read(ref _maintenanceDue))
        {
            if (Interlocked.CompareExchange(ref _maintenanceDue, wanted, known) == known)
            {
                _signal?.Raise();
                return;
            }
        }
    }

    private long TimestampAfter(TimeSpan delay) => time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    private TimeSpan UntilMaintenance()
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), Volatile.Read(ref _maintenanceDue));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>How many entries may be begun. Those that ask Stripe do not count, up to a bound for the memory that they hold.</summary>
    private int Room => options.Concurrency - (_inFlight.Count - Math.Min(Volatile.Read(ref _asking), MaxAsking));

    private void CountAsking(int change)
    {
        Interlocked.Add(ref _asking, change);
        _finished.Set();
    }

    /// <summary>Waits until an entry may be begun, or the worker is asked to stop.</summary>
    private async Task WaitForRoomAsync(CancellationToken stopping)
    {
        while (Room <= 0 && !stopping.IsCancellationRequested)
        {
            await _finished.WaitAsync(options.PollInterval, stopping);
        }
    }

    /// <summary>Waits until entries may be started, and reads that many new ones.</summary>
    private async Task<int> ReadAsync(CancellationToken stopping, CancellationToken handlers)
    {
        await WaitForRoomAsync(stopping);
        if (stopping.IsCancellationRequested)
        {
            return 0;
        }

        var room = Math.Min(BatchSize, Room);
        var entries = await events.ReadNewAsync(partition, consumer, room);
        foreach (var entry in entries)
        {
            Start(entry, stopping, handlers);
        }

        return entries.Length;
    }

    /// <summary>Begins an entry. Entries that arrive after the worker was asked to stop are only released.</summary>
    private void Start(StreamEntry stored, CancellationToken stopping, CancellationToken handlers)
    {
        var entry = new InFlightEntry(partition, consumer, stored, CountAsking) { TakenAt = time.GetTimestamp() };
        if (_inFlight.TryAdd(entry.Key, entry) && !stopping.IsCancellationRequested)
        {
            MaintainWithin(options.Lease / 3);

            // Elsewhere: the next are read meanwhile.
            entry.Processing = Task.Run(() => ProcessAsync(entry, handlers), CancellationToken.None);
        }
    }

    /// <summary>
    /// Takes an entry that may be what ended its workers: alone, so that no innocent one is counted with it. One such entry runs in this process
    /// at a time, after those in flight have finished; each handler among them has its time limit.
    /// </summary>
    private async Task StartAloneAsync(StreamEntry stored, CancellationToken stopping, CancellationToken handlers)
    {
        await alone.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        try
        {
            while (!_inFlight.IsEmpty && !stopping.IsCancellationRequested)
            {
                await _finished.WaitAsync(options.PollInterval, stopping);
                await events.KeepAsync(partition, consumer, [stored.Id, .. _inFlight.Values.Select(entry => entry.Id)]);
            }

            Start(stored, stopping, handlers);
            if (_inFlight.TryGetValue(stored.Id.ToString(), out var entry))
            {
                await Task.WhenAny(entry.Processing, Task.Delay(s_aloneFor, time, stopping));
            }
        }
        finally
        {
            alone.Release();
        }
    }

    /// <summary>The entries that would soon look abandoned: they wait for Stripe, or their handlers run.</summary>
    private RedisValue[] FindLongRunning() =>
        [.. _inFlight.Values.Where(entry => time.GetElapsedTime(entry.TakenAt) > options.Lease / 3).Select(entry => entry.Id)];

    /// <summary>An entry that fails stays pending and is taken over later; it never stops other entries.</summary>
    private async Task ProcessAsync(InFlightEntry entry, CancellationToken handlers)
    {
        try
        {
            if (await ProcessThroughTroubleAsync(entry, handlers) is Outcome.Postponed)
            {
                MaintainWithin(options.PollInterval);
            }

            Remove(entry);
        }
        catch (Exception) when (handlers.IsCancellationRequested)
        {
            // However a canceled handler ends, the entry stays in flight and is released.
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, entry.Id.ToString(), partition.EventsName);
            Remove(entry);
        }
        finally
        {
            _finished.Set();
        }
    }

    /// <summary>Removes an entry from those in flight, unless this worker has taken the same one over again.</summary>
    private void Remove(InFlightEntry entry) => _inFlight.TryRemove(KeyValuePair.Create(entry.Key, entry));

    /// <summary>A failure of Redis is not the entry's: the entry is released as soon as Redis answers, like those of a worker that stops.</summary>
    private async Task<Outcome> ProcessThroughTroubleAsync(InFlightEntry entry, CancellationToken handlers)
    {
        try
        {
            return await processor.ProcessAsync(entry, handlers);
        }
        catch (Exception exception) when (RedisTrouble.Passes(exception) && !handlers.IsCancellationRequested)
        {
            Log.EntryInterrupted(logger, entry.Id.ToString(), partition.EventsName, RedisTrouble.Name(exception));
        }

        do
        {
            await Task.Delay(s_pauseAfterError, time, handlers);
        }
        while (!await TryReleaseAsync(entry));
        return Outcome.Postponed;
    }

    /// <summary>Lets any worker have an entry at once, and its order's claim with it.</summary>
    /// <returns>False if Redis does not answer.</returns>
    private async Task<bool> TryReleaseAsync(InFlightEntry entry)
    {
        // Not in flight any more: this worker may be the one that takes it over.
        Remove(entry);
        try
        {
            await events.ReleaseAsync(partition, consumer, [entry.Id], entry.Claim is { } claim ? [claim] : []);
            return true;
        }
        catch (Exception exception) when (RedisTrouble.Passes(exception))
        {
            // Unless the reply was lost, and it is in flight again.
            return !_inFlight.TryAdd(entry.Key, entry);
        }
    }

    private async Task StopAsync(CancellationTokenSource handlers)
    {
        var stopped = Stopwatch.StartNew();
        while (_inFlight.Values.Any(entry => !entry.Processing.IsCompleted) && stopped.Elapsed < options.StopGrace)
        {
            await _finished.WaitAsync(options.StopGrace - stopped.Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero, CancellationToken.None);
        }

        await handlers.CancelAsync();
        try
        {
            // A claim whose reply is still on its way would be released without its lease, and would wait for it to run out.
            await Task.WhenAll(_inFlight.Values.Select(entry => entry.Processing))
                .WaitAsync(s_canceledWithin, time, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _maintenance.ReleaseAsync([.. _inFlight.Values]);
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

        [LoggerMessage(2, LogLevel.Error, "Entry {EntryId} of {Stream} failed and stays pending.")]
        public static partial void Failed(ILogger logger, Exception exception, string entryId, string stream);

        [LoggerMessage(4, LogLevel.Warning, "Processing entry {EntryId} of {Stream} was interrupted ({Error}); it is processed again when Redis answers.")]
        public static partial void EntryInterrupted(ILogger logger, string entryId, string stream, string error);

        [LoggerMessage(3, LogLevel.Warning, "The entries in flight of {Stream} could not be released ({Error}); their leases will run out.")]
        public static partial void NotReleased(ILogger logger, string stream, string error);
    }
}
