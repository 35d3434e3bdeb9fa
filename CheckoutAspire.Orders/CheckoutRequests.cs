using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>What the ledger says when a request to create a session begins.</summary>
public abstract record RequestBeginning
{
    private RequestBeginning()
    {
    }

    /// <summary>Send this request: it is written down. After a lost attempt it is that attempt's, to be replayed exactly.</summary>
    /// <param name="Request">The whole request, as it was first written.</param>
    /// <param name="Resumed">Whether an earlier attempt never finished.</param>
    public sealed record Send(string Request, bool Resumed) : RequestBeginning;

    /// <summary>The same request has its session already.</summary>
    public sealed record Done(string SessionId) : RequestBeginning;

    /// <summary>Another attempt at the same request is under way.</summary>
    public sealed record InFlight(TimeSpan RetryAfter) : RequestBeginning;

    /// <summary>The reference was used with other arguments.</summary>
    public sealed record Conflict : RequestBeginning;
}

/// <summary>
/// The requests to create sessions, written down before Stripe is called: a retry replays exactly the first attempt,
/// under the same idempotency key, so that one request never sells twice.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer: then nothing is sold.</remarks>
public sealed class CheckoutRequests(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    /// <summary>How long a request is remembered: longer than Stripe keeps idempotency keys (24 hours at least).</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(48);

    private static readonly LedgerScript s_begin = new("begin_request");

    /// <summary>Writes the request down, or says what became of it.</summary>
    /// <param name="orderRef">Our reference of the order: one reference, one session.</param>
    /// <param name="argumentsDigest">Digest of what the caller asked for; the same reference with another is a conflict.</param>
    /// <param name="request">Everything that is sent to Stripe.</param>
    /// <param name="lease">How long one attempt may take at most.</param>
    public async Task<RequestBeginning> BeginAsync(string orderRef, string argumentsDigest, string request, TimeSpan lease)
    {
        var reply = (RedisResult[])(await s_begin.EvaluateAsync(
            redis.GetDatabase(),
            [partitions.Of(orderRef).Request(orderRef)],
            argumentsDigest,
            request,
            (long)lease.TotalMilliseconds,
            (long)Retention.TotalMilliseconds))!;
        var detail = (string)reply[1]!;
        return (string)reply[0]! switch
        {
            "started" => new RequestBeginning.Send(detail, Resumed: false),
            "resumed" => new RequestBeginning.Send(detail, Resumed: true),
            "done" => new RequestBeginning.Done(detail),
            "in_flight" => new RequestBeginning.InFlight(
                TimeSpan.FromMilliseconds(long.Parse(detail, CultureInfo.InvariantCulture))),
            "conflict" => new RequestBeginning.Conflict(),
            var other => throw new InvalidOperationException($"begin_request.lua replied '{other}'."),
        };
    }

    /// <summary>Notes the session that the request made.</summary>
    public Task CompleteAsync(string orderRef, string sessionId) =>
        redis.GetDatabase().HashSetAsync(partitions.Of(orderRef).Request(orderRef), "session", sessionId);

    /// <summary>Forgets a request that Stripe refused for good: the caller may correct it under the same key.</summary>
    public Task ForgetAsync(string orderRef) =>
        redis.GetDatabase().KeyDeleteAsync(partitions.Of(orderRef).Request(orderRef));

    /// <summary>Ends an attempt that came to nothing before its lease does: the same request may be resumed at once.</summary>
    public Task ReleaseAsync(string orderRef) =>
        redis.GetDatabase().HashSetAsync(partitions.Of(orderRef).Request(orderRef), "lease_until", 0);
}
