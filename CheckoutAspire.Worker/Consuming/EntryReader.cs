using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Reads a partition's new entries and begins them: with one read while there are few, and with several at once while there is a backlog.</summary>
/// <remarks>
/// Redis writes 64 KB of a reply and then serves its other connections, with their scripts, before it goes on. With one read at a time, a worker would be done with
/// its entries before the next ones have arrived, and both would wait in turn (docs/benchmarks.md).
/// </remarks>
internal sealed class EntryReader(LedgerPartition partition, string consumer, EventStream events, InFlightEntries inFlight, ReadPace pace, WorkerOptions options)
{
    /// <summary>How many reads are made at once while there is a backlog.</summary>
    public const int MostReads = 4;

    private const int MostEntries = 32;

    /// <summary>All reads together may take a fourth of the worker's concurrency: the rest is in process meanwhile.</summary>
    private readonly int _count = Math.Clamp(options.Concurrency / (4 * MostReads), 1, MostEntries);

    /// <summary>Reads once, and goes on while there is a backlog and nothing else to do.</summary>
    /// <param name="canGoOn">Whether the consumer has nothing else to do.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    /// <param name="handlers">Signaled when handlers must end.</param>
    /// <returns>How many entries were read.</returns>
    public async Task<int> ReadAsync(Func<bool> canGoOn, CancellationToken stopping, CancellationToken handlers)
    {
        var (read, hasMore) = await ReadOnceAsync(0, await inFlight.ReserveAsync(_count, () => true, stopping), stopping, handlers);
        return hasMore ? read + await ReadBacklogAsync(canGoOn, stopping, handlers) : read;
    }

    private async Task<int> ReadBacklogAsync(Func<bool> canGoOn, CancellationToken stopping, CancellationToken handlers)
    {
        var reads = new Queue<Task<(int Read, bool HasMore)>>();
        try
        {
            var (sum, goesOn) = (0, true);
            for (var number = 0; goesOn || reads.Count > 0; number = (number + 1) % MostReads)
            {
                var places = goesOn && canGoOn() ? await inFlight.ReserveAsync(_count, canGoOn, stopping) : 0;
                goesOn = places > 0;
                if (goesOn)
                {
                    reads.Enqueue(ReadOnceAsync(number, places, stopping, handlers));
                }

                // The oldest one has used the connection of the next.
                if (reads.Count == MostReads || (!goesOn && reads.Count > 0))
                {
                    var (read, hasMore) = await reads.Dequeue();
                    (sum, goesOn) = (sum + read, goesOn && hasMore);
                }
            }

            return sum;
        }
        finally
        {
            await Task.WhenAll(reads);
        }
    }

    /// <summary>Reads once, and begins what it finds.</summary>
    /// <returns>How many entries were read, and whether there may be more.</returns>
    private async Task<(int Read, bool HasMore)> ReadOnceAsync(int number, int places, CancellationToken stopping, CancellationToken handlers)
    {
        if (places == 0)
        {
            return (0, false);
        }

        try
        {
            var entries = await events.ReadNewAsync(partition, consumer, places, number);
            pace.NoteEntries(entries);
            foreach (var entry in entries)
            {
                inFlight.Start(entry, stopping, handlers);
            }

            return (entries.Length, entries.Length == places);
        }
        finally
        {
            inFlight.Release(places);
        }
    }
}
