using System.Globalization;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Requests;

/// <summary>The result of starting a request to create a session.</summary>
public abstract record IdempotencyResult
{
    private IdempotencyResult()
    {
    }

    /// <summary>The request is recorded and must be sent. After a lost attempt, it is that attempt's request, which must be replayed exactly.</summary>
    /// <param name="Request">The whole request, as it was first recorded.</param>
    /// <param name="Resumed">Whether an earlier attempt did not finish.</param>
    public sealed record Send(string Request, bool Resumed) : IdempotencyResult;

    /// <summary>The same request has already created a session.</summary>
    public sealed record Done(string SessionId) : IdempotencyResult;

    /// <summary>Another attempt at the same request is in flight.</summary>
    public sealed record InFlight(TimeSpan RetryAfter) : IdempotencyResult;

    /// <summary>The key was used with other arguments.</summary>
    public sealed record Conflict : IdempotencyResult;

    /// <summary>The owner would sell more than may be sold in a day, or to this buyer.</summary>
    public sealed record CapExceeded(TimeSpan RetryAfter, bool IsBuyers = false) : IdempotencyResult;
}

/// <summary>Identifies repetitions of a request.</summary>
/// <param name="Owner">The owner of the key, which is stored in the owner's partition together with the amounts that count toward the cap.</param>
/// <param name="Name">The key's name: the caller's own, or one derived from the arguments.</param>
/// <param name="Lifetime">How long a repetition returns the session that was created.</param>
public sealed record RequestKey(string Owner, string Name, TimeSpan Lifetime)
{
    /// <summary>How long a key that the caller has chosen is remembered: longer than Stripe keeps idempotency keys (24 hours at least).</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(48);

    /// <summary>The digest of the owner and the buyer, whose sales of a day are counted too; null if the caller named no buyer.</summary>
    public string? Buyer { get; init; }
}

/// <summary>The amount that a request sells. It counts toward the daily caps of the owner and of its buyer.</summary>
/// <param name="Amount">In the currency's smallest unit.</param>
/// <param name="Currency">Lower case ISO 4217 code.</param>
/// <param name="Cap">The most that the owner may sell in a day (UTC); null without a cap.</param>
/// <param name="BuyerCap">The most of it to one buyer; null without a cap.</param>
public sealed record CappedAmount(long Amount, string Currency, long? Cap, long? BuyerCap = null);

/// <summary>The sale of a request, by its reference.</summary>
/// <param name="OrderRef">The reference that the session's metadata carries.</param>
/// <param name="AmountSubtotal">In the currency's smallest unit; null if only Stripe knows it.</param>
/// <param name="Currency">Lower case ISO 4217 code; null if only Stripe knows it.</param>
public sealed record RequestedSale(string OrderRef, long? AmountSubtotal, string? Currency)
{
    /// <summary>Longer than a session lives, with Stripe's retries.</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromDays(5);

    internal string ToText() => AmountSubtotal is { } amount && Currency is not null
        ? string.Create(CultureInfo.InvariantCulture, $"{amount} {Currency}")
        : "";
}

/// <summary>
/// The requests to create sessions, recorded before Stripe is called: a retry replays exactly the first attempt,
/// under the same idempotency key, so that one request never sells twice.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer. Nothing is sold then.</remarks>
public sealed class IdempotencyStore(IConnectionMultiplexer redis, LedgerPartitions partitions, WriteAcknowledgment? acknowledgment = null)
{
    private static readonly LedgerScript s_begin = new("begin_request");
    private static readonly LedgerScript s_complete = new("complete_request");
    private static readonly LedgerScript s_forget = new("forget_request");

    /// <summary>Records the request, or returns the outcome of the same earlier request.</summary>
    /// <param name="key">The key. Each key creates one session.</param>
    /// <param name="argumentsDigest">Digest of the caller's arguments. The same key with another digest is a conflict.</param>
    /// <param name="request">Everything that is sent to Stripe.</param>
    /// <param name="lease">The longest time that one attempt may take.</param>
    /// <param name="capped">The amount that the request sells, if the owner has a cap.</param>
    /// <param name="sale">The sale, for an event that may arrive before the order is recorded.</param>
    public async Task<IdempotencyResult> BeginAsync(
        RequestKey key, string argumentsDigest, string request, TimeSpan lease, CappedAmount? capped = null, RequestedSale? sale = null)
    {
        var reply = (RedisResult[])(await s_begin.EvaluateAsync(
            redis.GetDatabase(),
            [.. KeysOf(key)[..2], PartitionOf(key).Sale(sale?.OrderRef ?? key.Name), .. KeysOf(key)[2..]],
            argumentsDigest,
            request,
            (long)lease.TotalMilliseconds,
            // A key with a shorter lifetime than an attempt would expire during the attempt.
            (long)(lease + key.Lifetime).TotalMilliseconds,
            capped?.Amount ?? 0,
            capped?.Currency ?? "",
            Optional(capped?.Cap),
            sale?.ToText() ?? "",
            (long)RequestedSale.Retention.TotalMilliseconds,
            Optional(key.Buyer is null ? null : capped?.BuyerCap)))!;
        await (acknowledgment?.WaitAsync(PartitionOf(key)) ?? Task.CompletedTask);
        var detail = (string)reply[1]!;
        return (string)reply[0]! switch
        {
            "started" => new IdempotencyResult.Send(detail, Resumed: false),
            "resumed" => new IdempotencyResult.Send(detail, Resumed: true),
            "done" => new IdempotencyResult.Done(detail),
            "in_flight" => new IdempotencyResult.InFlight(Milliseconds(detail)),
            "conflict" => new IdempotencyResult.Conflict(),
            "cap_exceeded" => new IdempotencyResult.CapExceeded(Milliseconds(detail)),
            "buyer_cap_exceeded" => new IdempotencyResult.CapExceeded(Milliseconds(detail), IsBuyers: true),
            var other => throw new InvalidOperationException($"begin_request.lua replied '{other}'."),
        };
    }

    /// <summary>Records the session that the request created. The key's lifetime starts now.</summary>
    public Task CompleteAsync(RequestKey key, string sessionId) => s_complete.EvaluateAsync(
        redis.GetDatabase(), [PartitionOf(key).Request(key.Owner, key.Name)], sessionId, (long)key.Lifetime.TotalMilliseconds);

    /// <summary>Deletes a request that Stripe rejected. The caller can correct it under the same key, and it no longer counts toward the cap.</summary>
    public Task ForgetAsync(RequestKey key) => s_forget.EvaluateAsync(redis.GetDatabase(), KeysOf(key), RedisValue.EmptyString);

    /// <summary>Deletes the record of a session, so that the next request under the key creates a new one.</summary>
    public Task ForgetAsync(RequestKey key, string sessionId) => s_forget.EvaluateAsync(redis.GetDatabase(), KeysOf(key), sessionId);

    /// <summary>Ends a failed attempt's lease early, so that the same request can be resumed at once.</summary>
    public Task ReleaseAsync(RequestKey key) =>
        redis.GetDatabase().HashSetAsync(PartitionOf(key).Request(key.Owner, key.Name), "lease_until", 0);

    private RedisKey[] KeysOf(RequestKey key)
    {
        var partition = PartitionOf(key);
        return
        [
            partition.Request(key.Owner, key.Name), partition.Sold(key.Owner),
            .. key.Buyer is { } buyer ? (RedisKey[])[partition.Sold(buyer)] : [],
        ];
    }

    private static RedisValue Optional(long? number) => number ?? RedisValue.EmptyString;

    private LedgerPartition PartitionOf(RequestKey key) => partitions.Of(key.Owner);

    private static TimeSpan Milliseconds(string text) => TimeSpan.FromMilliseconds(long.Parse(text, CultureInfo.InvariantCulture));
}
