using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>Entries that a worker has taken over.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">Where the next call goes on, or null at the end.</param>
public sealed record AbandonedEntries(IReadOnlyList<AbandonedEntry> Entries, string? Next);

/// <summary>An entry that a worker has taken over.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Crashes">How many workers have ended while they had it. Orderly stops and failures of Redis do not count.</param>
public sealed record AbandonedEntry(StreamEntry Entry, long Crashes)
{
    /// <summary>Reads <c>{{id, {field, value, …}}, deliveries}</c> of <c>take_over.lua</c>.</summary>
    internal static AbandonedEntry Read(RedisResult reply)
    {
        var (entry, deliveries) = ((RedisResult[])reply[0]!, (long)reply[1]);
        var values = (RedisValue[])entry[1]!;
        return new AbandonedEntry(
            new StreamEntry((RedisValue)entry[0], [.. values.Chunk(2).Select(pair => new NameValueEntry(pair[0], pair[1]))]), deliveries - 1);
    }
}
