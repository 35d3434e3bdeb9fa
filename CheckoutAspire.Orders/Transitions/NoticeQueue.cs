using System.Globalization;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A notice that is due: one step of an order that is to be reported to the merchant.</summary>
/// <param name="Partition">The order's partition.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Entry">The journal entry of the step, for example <c>1763884800123-0</c>.</param>
/// <param name="Step">The step, as the journal and the timeline have it, for example <c>refunded</c>.</param>
/// <param name="Attempts">The number of failed attempts.</param>
public sealed record DueNotice(LedgerPartition Partition, string OrderId, string Entry, string Step, int Attempts)
{
    /// <summary>When Redis committed the step.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(Entry.Split('-')[0], CultureInfo.InvariantCulture));

    /// <summary>Reads a line that <c>queue_notices.lua</c> wrote: <c>1763884800123-0 refunded 0</c>.</summary>
    internal static DueNotice Read(LedgerPartition partition, string orderId, string line)
    {
        var parts = line.Split(' ');
        return new DueNotice(partition, orderId, parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}

/// <summary>
/// The notices that merchants have not yet received. Each partition has a cursor in its journal; any worker moves it on and queues the steps that it passes.
/// The notices of an order are in the order of the journal: only the first one is due, so that a failing order delays its own notices only.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer. A repetition is safe.</remarks>
public sealed class NoticeQueue(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    /// <summary>If notices are switched on again within this time, the steps in between are reported too.</summary>
    public static readonly TimeSpan CursorLifetime = TimeSpan.FromDays(7);

    private const int BatchSize = 500;

    private static readonly LedgerScript s_queue = new("queue_notices");
    private static readonly LedgerScript s_take = new("take_notices");
    private static readonly LedgerScript s_settle = new("settle_notice");
    private static readonly LedgerScript s_requeue = new("requeue_notice");

    /// <summary>Queues the notices of the steps since the last call.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="steps">The steps that are reported.</param>
    public async Task ReadJournalAsync(LedgerPartition partition, IReadOnlyCollection<string> steps)
    {
        RedisKey[] keys = [partition.Journal, partition.NoticesCursor, partition.Notices, partition.NoticeLines];
        RedisValue[] arguments = [BatchSize, (long)CursorLifetime.TotalMilliseconds, .. steps];
        while ((long)await s_queue.EvaluateAsync(redis.GetDatabase(), keys, arguments) == BatchSize)
        {
            // There is more.
        }
    }

    /// <summary>Takes notices that are due. One that is not settled within <paramref name="retryAfter"/> is taken again.</summary>
    public async Task<IReadOnlyList<DueNotice>> TakeAsync(LedgerPartition partition, int count, TimeSpan retryAfter)
    {
        var reply = (string[])(await s_take.EvaluateAsync(
            redis.GetDatabase(), [partition.Notices, partition.NoticeLines], count, (long)retryAfter.TotalMilliseconds))!;
        return [.. reply.Chunk(2).Select(pair => DueNotice.Read(partition, pair[0], pair[1]))];
    }

    /// <summary>The notice was sent, or need not be sent.</summary>
    public Task CompleteAsync(DueNotice notice) => SettleAsync(notice, "sent", TimeSpan.Zero);

    /// <summary>The notice is tried again after a delay, which is not an attempt.</summary>
    public Task PostponeAsync(DueNotice notice, TimeSpan delay) => SettleAsync(notice, "postponed", delay);

    /// <summary>An attempt has failed.</summary>
    public Task FailAsync(DueNotice notice, TimeSpan delay) => SettleAsync(notice, "failed", delay);

    /// <summary>The last attempt has failed: the notice goes to the dead letters.</summary>
    public Task DeadLetterAsync(DueNotice notice, string reason) => SettleAsync(notice, "dead", TimeSpan.Zero, reason);

    /// <summary>Queues a notice again that an operator redrives.</summary>
    public Task RequeueAsync(string orderId, string entry, string step)
    {
        var partition = partitions.Of(orderId);
        return s_requeue.EvaluateAsync(redis.GetDatabase(), [partition.Notices, partition.NoticeLines], orderId, entry, step);
    }

    private Task<RedisResult> SettleAsync(DueNotice notice, string outcome, TimeSpan delay, string reason = "") => s_settle.EvaluateAsync(
        redis.GetDatabase(),
        [notice.Partition.Notices, notice.Partition.NoticeLines, notice.Partition.Dead],
        notice.OrderId, notice.Entry, outcome, (long)delay.TotalMilliseconds, reason);
}
