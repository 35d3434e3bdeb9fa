using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>What became of a dead letter that was to be redriven.</summary>
public enum Redrive
{
    /// <summary>It is back in the stream.</summary>
    Redriven,

    /// <summary>It is gone: redriven or dismissed before, or never there.</summary>
    Gone,

    /// <summary>It holds no event.</summary>
    Unparsable,
}

/// <summary>A dead letter, without its payload.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="Id">The entry's id in the dead letters.</param>
/// <param name="DeadSince">Since when it is a dead letter.</param>
/// <param name="EventId">Stripe's event id, when it has one.</param>
/// <param name="Type">Stripe's event type, when it has one.</param>
/// <param name="ObjectId">The object it is about, when it has one.</param>
/// <param name="Reason">Why it was given up.</param>
/// <param name="Attempts">After how many attempts.</param>
public sealed record DeadLetter(
    int Partition, string Id, DateTimeOffset DeadSince, string? EventId, string? Type, string? ObjectId, string Reason, int Attempts);

/// <summary>Which dead letters are meant.</summary>
/// <param name="Matching">A part of their reason, without regard to case; null for any.</param>
/// <param name="Since">Dead since this time or later; null for any.</param>
/// <param name="Before">Dead before this time; null for any.</param>
public sealed record DeadLetterFilter(string? Matching = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null);

/// <summary>A part of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">Where the next part begins, or null when this is the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>How many dead letters were dealt with.</summary>
/// <param name="Done">Redriven or dismissed.</param>
/// <param name="Unparsable">Left, because they hold no event that could be processed.</param>
/// <param name="Next">Where to go on, or null when no other letter is meant.</param>
public sealed record BulkResult(int Done, int Unparsable, string? Next);

/// <summary>The entries that were given up. Each stays until a person redrives or dismisses it, which the journal records.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class DeadLetters(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private const int ChunkSize = 500;
    private const int NewestRead = 2000;

    private static readonly LedgerScript s_redrive = new("redrive_entry");
    private static readonly LedgerScript s_dismiss = new("dismiss_entry");

    /// <summary>The dead letters, by partition and then oldest first.</summary>
    /// <param name="filter">Which are meant.</param>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the page before, or null. A cursor that cannot be read begins anew.</param>
    /// <param name="count">The most letters of a page.</param>
    public async Task<Page<DeadLetter>> ListAsync(DeadLetterFilter filter, string? after, int count)
    {
        // 0/1795426292672-0: the partition and the last letter before.
        var (number, last) = after?.Split('/') is [var partition, var id]
            && int.TryParse(partition, CultureInfo.InvariantCulture, out var parsed) && parsed >= 0 && IsStreamId(id) ? (parsed, id) : (0, null);
        var found = new List<DeadLetter>();
        while (number < partitions.All.Count)
        {
            var chunk = await redis.GetDatabase().StreamRangeAsync(
                partitions.All[number].Dead,
                last is not null ? "(" + last : filter.Since is { } since ? IdAt(since, 0) : "-",
                filter.Before is { } before ? IdAt(before, -1) : "+",
                ChunkSize);
            foreach (var letter in chunk.Select(entry => Read(number, entry)).Where(letter => Matches(letter, filter)))
            {
                found.Add(letter);
                if (found.Count == count)
                {
                    return new Page<DeadLetter>(found, string.Create(CultureInfo.InvariantCulture, $"{number}/{letter.Id}"));
                }
            }

            (number, last) = chunk.Length < ChunkSize ? (number + 1, null) : (number, chunk[^1].Id.ToString());
        }

        return new Page<DeadLetter>(found, null);
    }

    /// <summary>One dead letter, or null when it is gone.</summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="id">The dead letter's id.</param>
    public async Task<DeadLetter?> FindAsync(int partition, string id) => Find(partition) is { } keys && IsStreamId(id)
        && await redis.GetDatabase().StreamRangeAsync(keys.Dead, id, id) is [var entry] ? Read(partition, entry) : null;

    /// <summary>The dead letter of a Stripe event, or null. All dead letters are read until it is found.</summary>
    public async Task<DeadLetter?> FindByEventAsync(string eventId)
    {
        var page = new Page<DeadLetter>([], null);
        do
        {
            page = await ListAsync(new DeadLetterFilter(), page.Next, ChunkSize);
            if (page.Items.FirstOrDefault(letter => letter.EventId == eventId) is { } found)
            {
                return found;
            }
        }
        while (page.Next is not null);

        return null;
    }

    /// <summary>The newest dead letter about an object, or null. Of many dead letters only the newest are read.</summary>
    /// <param name="objectId">The session, invoice, refund or other object.</param>
    public async Task<DeadLetter?> FindByObjectAsync(string objectId)
    {
        var partition = partitions.Of(objectId);
        var newest = await redis.GetDatabase().StreamRangeAsync(partition.Dead, count: NewestRead, messageOrder: StackExchange.Redis.Order.Descending);
        return newest.Select(entry => Read(partition.Number, entry)).FirstOrDefault(letter => letter.ObjectId == objectId);
    }

    /// <summary>The bytes of a dead letter as they were received, or null when it is gone. They contain personal data.</summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="id">The dead letter's id.</param>
    public async Task<byte[]?> ReadBodyAsync(int partition, string id) => Find(partition) is { } keys && IsStreamId(id)
        && await redis.GetDatabase().StreamRangeAsync(keys.Dead, id, id) is [var entry] ? (byte[]?)entry[EventEntry.BodyField] ?? [] : null;

    /// <summary>Puts a dead letter back into the stream, once. An order that was given up with it waits for a worker again.</summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="id">The dead letter's id.</param>
    /// <param name="why">Who redrives it, and why; for the journal.</param>
    public async Task<Redrive> RedriveAsync(int partition, string id, string why)
    {
        if (Find(partition) is not { } keys || !IsStreamId(id))
        {
            return Redrive.Gone;
        }

        var entry = await redis.GetDatabase().StreamRangeAsync(keys.Dead, id, id);
        return entry is [var letter] ? await RedriveAsync(keys, id, Read(partition, letter).ObjectId ?? "", why) : Redrive.Gone;
    }

    private async Task<Redrive> RedriveAsync(LedgerPartition keys, string id, string objectId, string why)
    {
        var reply = (string?)await s_redrive.EvaluateAsync(
            redis.GetDatabase(), [keys.Dead, keys.Events, keys.Journal, keys.Order(objectId)], id, OperatorLedger.OneLine(why), keys.SignalName);
        return reply switch
        {
            "" => Redrive.Gone,
            "unparsable" => Redrive.Unparsable,
            _ => Redrive.Redriven,
        };
    }

    /// <summary>Deletes a dead letter; the journal keeps its reason and the person's.</summary>
    /// <returns>False when it is gone.</returns>
    public async Task<bool> DismissAsync(int partition, string id, string why) => Find(partition) is { } keys && IsStreamId(id)
        && await redis.GetDatabase().StreamRangeAsync(keys.Dead, id, id) is [var letter] && await DismissAsync(keys, id, Read(partition, letter).ObjectId ?? "", why);

    private async Task<bool> DismissAsync(LedgerPartition keys, string id, string objectId, string why) => (bool)await s_dismiss.EvaluateAsync(
        redis.GetDatabase(), [keys.Dead, keys.Journal, keys.Order(objectId)], id, OperatorLedger.OneLine(why));

    /// <summary>Puts many dead letters back. Those that hold no event are left, and stop none of the others.</summary>
    public Task<BulkResult> RedriveAsync(DeadLetterFilter filter, string? after, int count, string why) =>
        EachAsync(filter, after, count, letter => RedriveAsync(partitions.All[letter.Partition], letter.Id, letter.ObjectId ?? "", why));

    /// <summary>Deletes many dead letters.</summary>
    public Task<BulkResult> DismissAsync(DeadLetterFilter filter, string? after, int count, string why) =>
        EachAsync(filter, after, count, async letter => await DismissAsync(partitions.All[letter.Partition], letter.Id, letter.ObjectId ?? "", why) ? Redrive.Redriven : Redrive.Gone);

    private async Task<BulkResult> EachAsync(DeadLetterFilter filter, string? after, int count, Func<DeadLetter, Task<Redrive>> act)
    {
        var page = await ListAsync(filter, after, count);
        var (done, unparsable) = (0, 0);
        foreach (var chunk in page.Items.Chunk(ChunkSize))
        {
            var outcomes = await Task.WhenAll(chunk.Select(act));
            done += outcomes.Count(outcome => outcome is Redrive.Redriven);
            unparsable += outcomes.Count(outcome => outcome is Redrive.Unparsable);
        }

        return new BulkResult(done, unparsable, page.Next);
    }

    private LedgerPartition? Find(int partition) => partition >= 0 && partition < partitions.All.Count ? partitions.All[partition] : null;

    private static bool Matches(DeadLetter letter, DeadLetterFilter filter) =>
        filter.Matching is null || letter.Reason.Contains(filter.Matching, StringComparison.OrdinalIgnoreCase);

    private static DeadLetter Read(int partition, StreamEntry stored)
    {
        // A dead letter that is not an event has some of the fields, or none.
        _ = EventEntry.TryRead(stored, out var entry);
        return new DeadLetter(
            partition,
            stored.Id.ToString(),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(stored.Id.ToString().Split('-')[0], CultureInfo.InvariantCulture)),
            entry.Id,
            entry.Type,
            entry.ObjectId,
            stored["reason"].ToString(),
            entry.Attempts);
    }

    /// <summary>The part of a stream id that is a time. No id is older than 1970.</summary>
    private static RedisValue IdAt(DateTimeOffset time, int milliseconds) => Math.Max(0, time.ToUnixTimeMilliseconds() + milliseconds);

    /// <summary>A stream id: <c>1763884800123-0</c>, two numbers of 64 bits.</summary>
    private static bool IsStreamId(string id) => id.Split('-') is [var time, var sequence] && IsNumber(time) && IsNumber(sequence);

    private static bool IsNumber(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < ulong.MaxValue;
}
