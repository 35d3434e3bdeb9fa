using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// Lists all orders for operators, newest first. The journal is the index: it has the step with which each order began. With an archive, old parts of the journal
/// leave Redis; orders that are older than the rest of it, and are still in Redis, follow at the end, in no particular order.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OrderListing(IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders, IOrderArchive? archive = null)
{
    private const int StepSize = 500;
    private const string Pattern = "co:{p*}:order:*";
    private const string RestPrefix = "rest/";

    // How restore_order.lua begins an order of a ledger that was lost.
    private const string WitnessedDetail = "restored from the witness at Stripe";
    private const string UnwitnessedDetail = "paid before this ledger began";

    /// <summary>A page of all orders, with the time when each was recorded.</summary>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the page before, or null. A cursor that cannot be read begins anew.</param>
    /// <param name="count">The most orders of a page.</param>
    public async Task<Page<(Order Order, DateTimeOffset Since)>> ListAsync(string? after, int count)
    {
        if (after?.StartsWith(RestPrefix, StringComparison.Ordinal) == true)
        {
            return await ListRestAsync(after[RestPrefix.Length..], count);
        }

        var began = await ListBegunAsync(ReadCursor(after), count);
        var found = await Task.WhenAll(began.Select(one => orders.FindAsync(one.Id)));
        return new Page<(Order, DateTimeOffset)>(
            [.. began.Zip(found).Where(pair => pair.Second is not null).Select(pair => (pair.Second!, DateTimeOffset.FromUnixTimeMilliseconds(pair.First.At)))],
            began.Count == count ? string.Create(CultureInfo.InvariantCulture, $"{began[^1].At}/{began[^1].Id}") : archive is null ? null : RestPrefix);
    }

    /// <summary>Reads <c>1763884800123/cs_test_a1</c>: when the last order of the page before began, and which it is.</summary>
    private static Beginning? ReadCursor(string? after) =>
        after?.Split('/') is [var time, var id] && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? new Beginning(at, id) : null;

    /// <summary>The next beginnings of all partitions, newest first.</summary>
    private async Task<List<Beginning>> ListBegunAsync(Beginning? after, int count)
    {
        JournalReader[] readers = [.. partitions.All.Select(partition => new JournalReader(redis, partition, after))];
        var found = new List<Beginning>();
        while (found.Count < count)
        {
            await Task.WhenAll(readers.Select(reader => reader.FillAsync()));
            if (readers.Where(reader => reader.Next is not null).MaxBy(reader => reader.Next) is not { } newest)
            {
                break;
            }

            found.Add(newest.Take());
        }

        return found;
    }

    /// <summary>The orders whose beginning has left Redis with the journal.</summary>
    private async Task<Page<(Order Order, DateTimeOffset Since)>> ListRestAsync(string after, int count)
    {
        var servers = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).OrderBy(server => server.EndPoint.ToString(), StringComparer.Ordinal).ToList();

        // 0/1536/cs_test_a1: the server, the cursor of its SCAN, and the last order of that step that was listed. A step is sorted, because Redis returns its keys in
        // another order while it grows.
        var (number, cursor, last) = after.Split('/') is [var place, var scan, var listed]
            && int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ulong.TryParse(scan, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? (first, position, listed) : (0, 0ul, "");
        var begins = await Task.WhenAll(partitions.All.Select(async partition =>
            (await redis.GetDatabase().StreamRangeAsync(partition.Journal, "-", "+", 1)) is [var entry, ..] ? TimeOf(entry.Id) : long.MaxValue));
        var found = new List<(Order Order, DateTimeOffset Since)>();
        while (number < servers.Count)
        {
            var reply = (RedisResult[])(await servers[number].ExecuteAsync(redis.GetDatabase().Database, "SCAN", [cursor, "MATCH", Pattern, "COUNT", StepSize]))!;
            foreach (var id in ((string[])reply[1]!).Select(key => key.Split(":order:", 2)[1]).Where(id => string.CompareOrdinal(id, last) > 0)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                if (await orders.FindAsync(id) is { Timeline: [{ At: var at }, ..] } order
                    && at.ToUnixTimeMilliseconds() < begins[partitions.Of(order.SessionId).Number])
                {
                    found.Add((order, at));
                }

                if (found.Count == count)
                {
                    return new Page<(Order, DateTimeOffset)>(found, string.Create(CultureInfo.InvariantCulture, $"{RestPrefix}{number}/{cursor}/{id}"));
                }
            }

            (cursor, last) = (ulong.Parse((string)reply[0]!, CultureInfo.InvariantCulture), "");
            number += cursor == 0 ? 1 : 0;
        }

        return new Page<(Order, DateTimeOffset)>(found, null);
    }

    private static long TimeOf(RedisValue entryId) => long.Parse(entryId.ToString().Split('-')[0], CultureInfo.InvariantCulture);

    /// <summary>The first step of an order.</summary>
    private sealed record Beginning(long At, string Id) : IComparable<Beginning>
    {
        public int CompareTo(Beginning? other) => other is null ? 1 : At != other.At ? At.CompareTo(other.At) : string.CompareOrdinal(Id, other.Id);
    }

    /// <summary>Reads a partition's journal backward, up to the steps with which orders began.</summary>
    private sealed class JournalReader(IConnectionMultiplexer redis, LedgerPartition partition, Beginning? after)
    {
        private readonly Queue<Beginning> _found = new();
        private RedisValue _end = after is null ? "+" : after.At;
        private bool _isAtStart;

        public Beginning? Next => _found.TryPeek(out var next) ? next : null;

        public Beginning Take() => _found.Dequeue();

        /// <summary>Reads until a beginning is found, or the journal ends. What has the same time is sorted, so that a cursor is exact.</summary>
        public async Task FillAsync()
        {
            while (_found.Count == 0 && !_isAtStart)
            {
                var entries = await redis.GetDatabase().StreamRangeAsync(partition.Journal, "-", _end, StepSize, StackExchange.Redis.Order.Descending);
                _isAtStart = entries.Length < StepSize;

                // The rest of the last millisecond is read again with the next step, unless the whole step is of one millisecond.
                var last = _isAtStart || TimeOf(entries[0].Id) == TimeOf(entries[^1].Id) ? -1 : TimeOf(entries[^1].Id);
                foreach (var began in entries.Where(entry => TimeOf(entry.Id) != last && IsBeginning(entry))
                    .Select(entry => new Beginning(TimeOf(entry.Id), entry["session"].ToString())).OrderDescending()
                    .Where(began => after is null || began.CompareTo(after) < 0))
                {
                    _found.Enqueue(began);
                }

                _end = _isAtStart ? _end : last >= 0 ? last : "(" + entries[^1].Id;
            }
        }

        private static bool IsBeginning(StreamEntry entry) => entry["what"].ToString() switch
        {
            "created" => true,
            "fulfilled" => entry["detail"] == WitnessedDetail,
            "needs_review" => entry["detail"].ToString().StartsWith(UnwitnessedDetail, StringComparison.Ordinal),
            _ => false,
        };
    }
}
