using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>The result of an operator's decision.</summary>
public enum Decision
{
    /// <summary>The order will be fulfilled.</summary>
    Approved,

    /// <summary>The order will not be fulfilled.</summary>
    Rejected,

    /// <summary>The order does not exist.</summary>
    Unknown,

    /// <summary>The order is not held, or is fulfilled.</summary>
    NotInReview,

    /// <summary>The order's current hold is not the one that the decision names.</summary>
    OtherHold,

    /// <summary>The order is not paid, and the approval does not allow that explicitly.</summary>
    Unpaid,
}

/// <summary>What became of an order that was to be tried now.</summary>
public enum Retry
{
    /// <summary>A worker tries it within seconds.</summary>
    Retried,

    /// <summary>Redis does not have the order.</summary>
    Unknown,

    /// <summary>It waits for no attempt.</summary>
    NotWaiting,

    /// <summary>A worker has it.</summary>
    Busy,

    /// <summary>Its event is a dead letter, which is to be redriven.</summary>
    GivenUp,

    /// <summary>It waits for a paused handler, which is to be resumed.</summary>
    Paused,
}

/// <summary>The orders that operators look at and decide about. Every decision is recorded in the journal.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OperatorLedger(IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders)
{
    private const int IndexedAtOnce = 500;

    private static readonly LedgerScript s_decide = new("decide_order");
    private static readonly LedgerScript s_indexHeld = new("index_held");
    private static readonly LedgerScript s_retry = new("retry_order");
    private static readonly LedgerScript s_note = new("note_step");

    private volatile bool _heldIndexed;

    /// <summary>Orders that are paid and not fulfilled, longest owed first.</summary>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the page before, or null. A cursor that cannot be read begins anew.</param>
    /// <param name="count">The most orders of a page.</param>
    public async Task<Page<(Order Order, DateTimeOffset Since)>> OwedAsync(string? after, int count)
    {
        var page = await ListAsync(partition => partition.Owed, after, count);
        return page with
        {
            Items = [.. page.Items.Where(pair => pair.Order.Payment is OrderPayment.Paid
                && pair.Order.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed)],
        };
    }

    /// <summary>Orders that wait for a person's decision, longest held first.</summary>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the page before, or null. A cursor that cannot be read begins anew.</param>
    /// <param name="count">The most orders of a page.</param>
    public async Task<Page<(Order Order, DateTimeOffset Since)>> HeldAsync(string? after, int count)
    {
        await IndexHeldAsync();
        var page = await ListAsync(partition => partition.Held, after, count);
        return page with { Items = [.. page.Items.Where(pair => pair.Order.Fulfillment is OrderFulfillment.Held)] };
    }

    /// <summary>Decides on a held order. The worker fulfills an approved order. An approval can be repeated.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="approve">Whether to fulfill the order.</param>
    /// <param name="why">Who decided and why, in one line for the journal.</param>
    /// <param name="hold">The number of the hold that was reviewed; null for the current one.</param>
    /// <param name="unpaid">Whether to fulfill the order even if it is not paid.</param>
    public async Task<Decision> DecideAsync(string sessionId, bool approve, string why, int? hold = null, bool unpaid = false)
    {
        var reply = (string?)await s_decide.EvaluateAsync(
            redis.GetDatabase(),
            partitions.Of(sessionId).KeysOf(sessionId),
            sessionId, approve ? "approved" : "rejected", OneLine(why), hold ?? RedisValue.EmptyString, unpaid);
        return reply switch
        {
            "approved" => Decision.Approved,
            "rejected" => Decision.Rejected,
            "unknown" => await orders.FindAsync(sessionId) is null ? Decision.Unknown : Decision.NotInReview,
            "not_in_review" => Decision.NotInReview,
            "other_hold" => Decision.OtherHold,
            "unpaid" => Decision.Unpaid,
            _ => throw new FormatException($"decide_order.lua replied '{reply}'."),
        };
    }

    /// <summary>Has a paid order tried now, instead of when its retry is due.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="why">Who asks for it and why, in one line for the journal.</param>
    public async Task<Retry> RetryAsync(string sessionId, string why) =>
        (string?)await s_retry.EvaluateAsync(redis.GetDatabase(), partitions.Of(sessionId).KeysOf(sessionId), sessionId, OneLine(why)) switch
        {
            "retried" => Retry.Retried,
            "unknown" => await orders.FindAsync(sessionId) is null ? Retry.Unknown : Retry.NotWaiting,
            "not_waiting" => Retry.NotWaiting,
            "busy" => Retry.Busy,
            "given_up" => Retry.GivenUp,
            "paused" => Retry.Paused,
            var reply => throw new FormatException($"retry_order.lua replied '{reply}'."),
        };

    /// <summary>Has a worker compare an order with Stripe: its payment, its refunds and disputes, its subscription.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="why">Who asks for it and why, in one line for the journal.</param>
    public Task RereadAsync(string sessionId, string why) => NoteAsync(sessionId, "reread", why, HandledEvents.OrderReread);

    /// <summary>Records a step that changes no state.</summary>
    /// <param name="sessionId">The order; or another subject, which has the step in the journal only.</param>
    /// <param name="what">The step's name.</param>
    /// <param name="detail">Who and why, in one line.</param>
    /// <param name="eventType">The type of an event of our own that makes a worker act on the order, or empty.</param>
    public Task NoteAsync(string sessionId, string what, string detail, string eventType = "") => s_note.EvaluateAsync(
        redis.GetDatabase(), partitions.Of(sessionId).KeysOf(sessionId), sessionId, what, OneLine(detail), eventType);

    /// <summary>Earlier ledgers kept held orders among the owed ones: once in a process they are moved.</summary>
    private async Task IndexHeldAsync()
    {
        if (_heldIndexed)
        {
            return;
        }

        for (string? after = null; ;)
        {
            var page = await ListAsync(partition => partition.Owed, after, IndexedAtOnce);
            foreach (var held in page.Items.Where(pair => pair.Order.Fulfillment is OrderFulfillment.Held))
            {
                var id = held.Order.SessionId;
                var partition = partitions.Of(id);
                await s_indexHeld.EvaluateAsync(redis.GetDatabase(), [partition.Order(id), partition.Owed, partition.Held], id);
            }

            if (page.Next is not { } next)
            {
                break;
            }

            after = next;
        }

        _heldIndexed = true;
    }

    private async Task<Page<(Order Order, DateTimeOffset Since)>> ListAsync(Func<LedgerPartition, RedisKey> key, string? after, int count)
    {
        // 1763884800123/cs_test_a1: the last order before, by its time and its id.
        (long Score, string Id)? last = after?.Split('/') is [var time, var id] && long.TryParse(time, CultureInfo.InvariantCulture, out var score)
            ? (score, id)
            : null;
        var listed = await Task.WhenAll(partitions.All.Select(partition => ListAsync(key(partition), last, count)));
        (string Id, long Score)[] next = [.. listed.SelectMany(entries => entries).OrderBy(entry => entry.Score).ThenBy(entry => entry.Id, StringComparer.Ordinal)];
        var found = await Task.WhenAll(next.Take(count).Select(async entry =>
            (Order: await orders.FindAsync(entry.Id), Since: DateTimeOffset.FromUnixTimeMilliseconds(entry.Score))));
        return new Page<(Order, DateTimeOffset)>(
            [.. found.Where(pair => pair.Order is not null).Select(pair => (pair.Order!, pair.Since))],
            next.Length < count ? null : string.Create(CultureInfo.InvariantCulture, $"{next[count - 1].Score}/{next[count - 1].Id}"));
    }

    private async Task<List<(string Id, long Score)>> ListAsync(RedisKey key, (long Score, string Id)? after, int count)
    {
        var found = new List<(string Id, long Score)>();
        for (var skip = 0L; ; skip += count)
        {
            var entries = await redis.GetDatabase().SortedSetRangeByScoreWithScoresAsync(
                key, after?.Score ?? double.NegativeInfinity, skip: skip, take: count);

            // Several orders may have the same time: those up to the last one before are left out.
            found.AddRange(entries.Select(entry => (Id: entry.Element.ToString(), Score: (long)entry.Score)).Where(entry =>
                after is not { } last || entry.Score > last.Score || string.CompareOrdinal(entry.Id, last.Id) > 0));
            if (entries.Length < count || found.Count >= count)
            {
                return found;
            }
        }
    }

    /// <summary>The timeline has a line a step.</summary>
    internal static string OneLine(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
}
