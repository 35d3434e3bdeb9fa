using System.Security.Cryptography;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// What the servers of one ledger share about the request states that they give to clients: the key that signs them, and which have
/// come back already.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer: then no state is accepted.</remarks>
internal sealed class RequestStateStore(IConnectionMultiplexer redis)
{
    private const string SigningKey = "co:request_state:key";
    private const string UsedPrefix = "co:request_state:used:";
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
        await database.StringSetAsync(SigningKey, RandomNumberGenerator.GetBytes(KeyLength), when: When.NotExists);
        var key = (byte[])(await database.StringGetAsync(SigningKey))!;
        return _key = key;
    }

    /// <summary>Uses a state up.</summary>
    /// <param name="nonce">The state's own number.</param>
    /// <param name="keep">How long it would be valid still.</param>
    /// <returns>False when it was used before.</returns>
    public Task<bool> TryUseAsync(string nonce, TimeSpan keep) =>
        redis.GetDatabase().StringSetAsync(UsedPrefix + nonce, RedisValue.EmptyString, keep, When.NotExists);
}
