using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>Reads a partition's journal backward, up to the steps with which orders began.</summary>
/// <param name="redis">The connection.</param>
/// <param name="partition">The partition.</param>
/// <param name="after">The last beginning that is not read again, or null.</param>
internal sealed class JournalReader(IConnectionMultiplexer redis, LedgerPartition partition, OrderBeginning? after)
{
    private const int StepSize = 500;

    /// <summary>How much later than its step an entry is, at most, in milliseconds.</summary>
    private const int LatestEntry = 10_000;

    private readonly Queue<OrderBeginning> _found = new();
    private RedisValue _end = after is null ? "+" : after.At;
    private bool _isAtStart;

    /// <summary>The newest beginning that was not taken yet; null at the start of the journal.</summary>
    public OrderBeginning? Next => _found.TryPeek(out var next) ? next : null;

    /// <summary>When the first entry of a journal was made, in Unix milliseconds: what is older has left Redis. Null if the journal is empty.</summary>
    public static async Task<long?> ReadStartAsync(IConnectionMultiplexer redis, LedgerPartition partition) =>
        (await redis.GetDatabase().StreamRangeAsync(partition.Journal, "-", "+", 1)) is [var entry] ? TimeOf(entry.Id) : null;

    /// <summary>
    /// Whether a journal still has the first step of an order. Redis 7.0 does not stop the clock for a script: the entry may be some milliseconds younger than the step.
    /// </summary>
    public static async Task<bool> HasAsync(IConnectionMultiplexer redis, LedgerPartition partition, string id, long at) =>
        (await redis.GetDatabase().StreamRangeAsync(partition.Journal, at, at + LatestEntry, StepSize))
            .Any(entry => entry["session"] == id && OrderBeginning.Is(entry["what"].ToString(), entry["detail"].ToString()));

    public OrderBeginning Take() => _found.Dequeue();

    /// <summary>Reads until a beginning is found, or the journal ends. What has the same time is sorted, so that a cursor is exact.</summary>
    public async Task FillAsync()
    {
        while (_found.Count == 0 && !_isAtStart)
        {
            var entries = await redis.GetDatabase().StreamRangeAsync(partition.Journal, "-", _end, StepSize, StackExchange.Redis.Order.Descending);
            _isAtStart = entries.Length < StepSize;

            // The rest of the last millisecond is read again with the next step, unless the whole step is of one millisecond.
            var last = _isAtStart || TimeOf(entries[0].Id) == TimeOf(entries[^1].Id) ? -1 : TimeOf(entries[^1].Id);
            foreach (var began in entries.Where(entry => TimeOf(entry.Id) != last && OrderBeginning.Is(entry["what"].ToString(), entry["detail"].ToString()))
                .Select(entry => new OrderBeginning(TimeOf(entry.Id), entry["session"].ToString())).Order(OrderBeginning.NewestFirst)
                .Where(began => after is null || OrderBeginning.NewestFirst.Compare(began, after) > 0))
            {
                _found.Enqueue(began);
            }

            _end = _isAtStart ? _end : last >= 0 ? last : "(" + entries[^1].Id;
        }
    }

    private static long TimeOf(RedisValue entryId) => long.Parse(entryId.ToString().Split('-')[0], CultureInfo.InvariantCulture);
}
