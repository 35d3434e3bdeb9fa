using System.Security.Cryptography;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// The data about request states that all instances share in Redis: the key that signs them, and the states that were used.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> if Redis is unreachable, and then no state is accepted.</remarks>
internal sealed class RequestStateStore(IConnectionMultiplexer redis)
{
    private const string SigningKey = "co:request_state:key";
    private const string UsedPrefix = "co:request_state:used:";
    private const int KeyLength = 32;

    private byte[]? _key;

    /// <summary>The signing key, which the first instance that needs it creates for all instances.</summary>
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

    /// <summary>Marks a state as used.</summary>
    /// <param name="nonce">The state's nonce.</param>
    /// <param name="keep">How long the mark is kept.</param>
    /// <returns>False if the state was used before.</returns>
    public Task<bool> TryUseAsync(string nonce, TimeSpan keep) =>
        redis.GetDatabase().StringSetAsync(UsedPrefix + nonce, RedisValue.EmptyString, keep, When.NotExists);
}
