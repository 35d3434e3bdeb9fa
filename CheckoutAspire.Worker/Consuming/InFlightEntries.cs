using System.Collections.Concurrent;
using System.Diagnostics;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>The entries of one partition that this worker processes: it starts each within the worker's concurrency, and ends them when the worker stops.</summary>
internal sealed partial class InFlightEntries(
    LedgerPartition partition,
    string consumer,
    EventStream events,
    EventProcessor processor,
    MaintenanceSchedule schedule,
    SemaphoreSlim alone,
    WorkerOptions options,
    TimeProvider time,
    ILogger logger)
{
    private const int MaxAsking = 4096;
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the others wait for an entry that is processed alone: what ends a worker usually does so at once, even on a machine that stalls.</summary>
    private static readonly TimeSpan s_aloneFor = TimeSpan.FromSeconds(5);

    /// <summary>How long handlers that were canceled may take to notice; an entry whose handler does not is released all the same, and its fence stops the handler.</summary>
    private static readonly TimeSpan s_canceledWithin = TimeSpan.FromSeconds(5);

    /// <summary>By entry id, as text: comparing RedisValues first checks whether both are numbers.</summary>
    private readonly ConcurrentDictionary<string, InFlightEntry> _inFlight = new(StringComparer.Ordinal);
    private readonly Signal _finished = new();
    private int _asking;
    private int _reserved;

    public bool IsEmpty => _inFlight.IsEmpty;

    /// <summary>How many entries may be begun. Those that ask Stripe do not count, up to a bound for the memory that they hold.</summary>
    private int Room =>
        options.Concurrency - Volatile.Read(ref _reserved) - (_inFlight.Count - Math.Min(Volatile.Read(ref _asking), MaxAsking));

    /// <summary>Waits until an entry may be begun, or the worker is asked to stop.</summary>
    public async Task WaitForRoomAsync(CancellationToken stopping)
    {
        while (Room <= 0 && !stopping.IsCancellationRequested)
        {
            await _finished.WaitAsync(options.PollInterval, stopping);
        }
    }

    /// <summary>
    /// Reserves places for entries that are about to be read, once there are that many: reading entries one by one, as others finish, would cost as much as reading many.
    /// If they are not free within a poll interval, because handlers take long, those that are free must do.
    /// </summary>
    /// <param name="places">How many places.</param>
    /// <param name="canWait">Whether the caller has nothing else to do.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    /// <returns>How many places; zero when the wait ended before there was one.</returns>
    public async Task<int> ReserveAsync(int places, Func<bool> canWait, CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (Room < (time.GetElapsedTime(since) < options.PollInterval ? places : 1) && !stopping.IsCancellationRequested && canWait())
        {
            await _finished.WaitAsync(options.PollInterval, stopping);
        }

        var reserved = stopping.IsCancellationRequested ? 0 : Math.Clamp(Room, 0, places);
        Interlocked.Add(ref _reserved, reserved);
        return reserved;
    }

    /// <summary>Gives reserved places back: the entries that were read take places of their own.</summary>
    public void Release(int places)
    {
        Interlocked.Add(ref _reserved, -places);
        _finished.Set();
    }

    /// <summary>Begins an entry. Entries that arrive after the worker was asked to stop are only released.</summary>
    public void Start(StreamEntry stored, CancellationToken stopping, CancellationToken handlers)
    {
        var entry = new InFlightEntry(partition, consumer, stored, CountAsking) { TakenAt = time.GetTimestamp() };
        if (_inFlight.TryAdd(entry.Key, entry) && !stopping.IsCancellationRequested)
        {
            schedule.MaintainWithin(options.Lease / 3);

            // Elsewhere: the next are read meanwhile.
            entry.Processing = Task.Run(() => ProcessAsync(entry, handlers), CancellationToken.None);
        }
    }

    /// <summary>
    /// Takes an entry that may be what ended its workers: alone, so that no innocent one is counted with it. One such entry runs in this process
    /// at a time, after those in flight have finished; each handler among them has its time limit.
    /// </summary>
    public async Task StartAloneAsync(StreamEntry stored, CancellationToken stopping, CancellationToken handlers)
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
    public RedisValue[] FindLongRunning() =>
        [.. _inFlight.Values.Where(entry => time.GetElapsedTime(entry.TakenAt) > options.Lease / 3).Select(entry => entry.Id)];

    /// <summary>Lets the entries go on for the grace period, then cancels their handlers.</summary>
    /// <returns>The entries that have not finished, which are to be released.</returns>
    public async Task<IReadOnlyList<InFlightEntry>> StopAsync(CancellationTokenSource handlers)
    {
        var stopped = Stopwatch.StartNew();
        while (_inFlight.Values.Any(entry => !entry.Processing.IsCompleted) && stopped.Elapsed < options.StopGrace)
        {
            await _finished.WaitAsync(options.StopGrace - stopped.Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero, CancellationToken.None);
        }

        await handlers.CancelAsync();

        // A claim whose reply is still on its way would be released without its lease, and would wait for it to run out.
        await Task.WhenAll(_inFlight.Values.Select(entry => entry.Processing))
            .WaitAsync(s_canceledWithin, time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return [.. _inFlight.Values];
    }

    /// <summary>An entry that fails stays pending and is taken over later; it never stops other entries.</summary>
    private async Task ProcessAsync(InFlightEntry entry, CancellationToken handlers)
    {
        try
        {
            if (await ProcessThroughTroubleAsync(entry, handlers) is Outcome.Postponed)
            {
                schedule.MaintainWithin(options.PollInterval);
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

    private void CountAsking(int change)
    {
        Interlocked.Add(ref _asking, change);
        _finished.Set();
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Error, "Entry {EntryId} of {Stream} failed and stays pending.")]
        public static partial void Failed(ILogger logger, Exception exception, string entryId, string stream);

        [LoggerMessage(4, LogLevel.Warning, "Processing entry {EntryId} of {Stream} was interrupted ({Error}); it is processed again when Redis answers.")]
        public static partial void EntryInterrupted(ILogger logger, string entryId, string stream, string error);
    }
}
