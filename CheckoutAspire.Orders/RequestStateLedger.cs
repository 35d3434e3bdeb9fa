using System.Security.Cryptography;
using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>
/// What the servers of one ledger share about the request states that they give to clients: the key that signs them, and which have
/// come back already.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer: then no state is accepted.</remarks>
public sealed class RequestStateLedger(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private const int KeyLength = 32;

    private byte[]? _key;

    /// <summary>The signing key: made by the first server that needs it, the same for all, gone with the ledger.</summary>
    public async Task<byte[]> KeyAsync()
    {
        if (_key is { } known)
        {
            return known;
        }

        var database = redis.GetDatabase();
        var name = partitions.All[0].RequestStateKey;
        await database.StringSetAsync(name, RandomNumberGenerator.GetBytes(KeyLength), when: When.NotExists);
        var key = (byte[])(await database.StringGetAsync(name))!;
        return _key = key;
    }

    /// <summary>Uses a state up.</summary>
    /// <param name="sessionId">The session that the state continues.</param>
    /// <param name="nonce">The state's own number.</param>
    /// <param name="keep">How long it would be valid still.</param>
    /// <returns>False when it was used before.</returns>
    public Task<bool> TryUseAsync(string sessionId, string nonce, TimeSpan keep) =>
        redis.GetDatabase().StringSetAsync(partitions.Of(sessionId).UsedRequestState(nonce), RedisValue.EmptyString, keep, When.NotExists);
}
