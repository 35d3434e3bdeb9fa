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

/// <summary>The outcome of redriving a dead letter.</summary>
public enum Redrive
{
    /// <summary>The entry is back in the stream.</summary>
    Redriven,

    /// <summary>The dead letter does not exist, or was redriven before.</summary>
    Gone,

    /// <summary>The dead letter has no event.</summary>
    Unparsable,
}

/// <summary>A dead letter, without its payload.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="Id">The entry's id in the dead letters.</param>
/// <param name="EventId">Stripe's event id, if it has one.</param>
/// <param name="Type">Stripe's event type, if it has one.</param>
/// <param name="ObjectId">The object it is about, if it has one.</param>
/// <param name="Reason">Why the entry was dead-lettered.</param>
/// <param name="Attempts">The number of attempts.</param>
public sealed record DeadLetter(int Partition, string Id, string? EventId, string? Type, string? ObjectId, string Reason, int Attempts);

/// <summary>The operators' view of the ledger, and their repairs. Every decision is journaled.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OperatorLedger(IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders)
{
    private static readonly LedgerScript s_decide = new("decide_order");
    private static readonly LedgerScript s_redrive = new("redrive_entry");

    /// <summary>Orders that are paid and not fulfilled, longest owed first.</summary>
    /// <param name="count">The maximum number for each partition.</param>
    public async Task<IReadOnlyList<(Order Order, DateTimeOffset Since)>> OwedAsync(int count)
    {
        var listed = await ListAsync(partition => partition.Owed, count);
        return [.. listed.Where(pair => pair.Order.Payment is OrderPayment.Paid
            && pair.Order.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed)];
    }

    /// <summary>Orders that wait for an operator's decision, longest held first.</summary>
    /// <param name="count">The maximum number for each partition.</param>
    public async Task<IReadOnlyList<(Order Order, DateTimeOffset Since)>> HeldAsync(int count)
    {
        // Earlier ledgers listed held orders among the owed ones.
        var listed = await Task.WhenAll(ListAsync(partition => partition.Held, count), ListAsync(partition => partition.Owed, count));
        return
        [
            .. listed.SelectMany(orders => orders)
                .Where(pair => pair.Order.Fulfillment is OrderFulfillment.Held)
                .DistinctBy(pair => pair.Order.SessionId)
                .OrderBy(pair => pair.Since),
        ];
    }

    private async Task<IReadOnlyList<(Order Order, DateTimeOffset Since)>> ListAsync(Func<LedgerPartition, RedisKey> key, int count)
    {
        var owed = await Task.WhenAll(partitions.All.Select(partition =>
            redis.GetDatabase().SortedSetRangeByRankWithScoresAsync(key(partition), 0, count - 1)));
        var found = await Task.WhenAll(owed.SelectMany(entries => entries).Select(async entry => (
            Order: await orders.FindAsync(entry.Element.ToString()),
            Since: DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Score))));
        return [.. found.Where(pair => pair.Order is not null).OrderBy(pair => pair.Since).Select(pair => (pair.Order!, pair.Since))];
    }

    /// <summary>The dead letters, oldest first.</summary>
    /// <param name="count">The maximum number for each partition.</param>
    public async Task<IReadOnlyList<DeadLetter>> DeadAsync(int count)
    {
        var dead = await Task.WhenAll(partitions.All.Select(async partition =>
            (await redis.GetDatabase().StreamRangeAsync(partition.Dead, count: count)).Select(entry => Read(partition, entry))));
        return [.. dead.SelectMany(letters => letters)];
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
            "unknown" => Decision.Unknown,
            "not_in_review" => Decision.NotInReview,
            "other_hold" => Decision.OtherHold,
            "unpaid" => Decision.Unpaid,
            _ => throw new FormatException($"decide_order.lua replied '{reply}'."),
        };
    }

    /// <summary>Puts a dead letter back into the stream, once.</summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="id">The dead letter's id.</param>
    /// <param name="why">Who redrives it and why, in one line for the journal.</param>
    public async Task<Redrive> RedriveAsync(int partition, string id, string why)
    {
        if (partition < 0 || partition >= partitions.All.Count)
        {
            return Redrive.Gone;
        }

        var keys = partitions.All[partition];
        var reply = (string?)await s_redrive.EvaluateAsync(
            redis.GetDatabase(), [keys.Dead, keys.Events, keys.Journal], id, OneLine(why), keys.SignalName);
        return reply switch
        {
            "" => Redrive.Gone,
            "unparsable" => Redrive.Unparsable,
            _ => Redrive.Redriven,
        };
    }

    private static DeadLetter Read(LedgerPartition partition, StreamEntry entry) => new(
        partition.Number,
        entry.Id.ToString(),
        entry[EventEntry.IdField],
        entry[EventEntry.TypeField],
        entry[EventEntry.ObjectField],
        entry["reason"].ToString(),
        entry[EventEntry.AttemptsField].TryParse(out int attempts) ? attempts : 0);

    /// <summary>The timeline has one line for each step.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
}
