using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Keeps what a session of protocol 2025-11-25 consists of in Redis, so that any instance serves it, also after a restart: its principal, its
/// <c>initialize</c> request and its subscriptions.
/// </summary>
/// <remarks>
/// <c>co:mcp:session:{id}</c> has the principal and the request, <c>co:mcp:subscriptions:{id}</c> the resources, and <c>co:mcp:sessions:{digest}</c> the
/// principal's sessions by time, so that the oldest are removed when there are too many.
/// </remarks>
internal sealed partial class SessionStore(IServiceProvider services, TimeProvider time, ILogger<SessionStore> logger) : ISessionMigrationHandler
{
    private const int MaxId = 64;
    private const string OwnerField = "owner";
    private const string RequestField = "request";

    private static readonly TimeSpan s_retention = TimeSpan.FromHours(24);

    /// <inheritdoc/>
    public async ValueTask OnSessionInitializedAsync(
        HttpContext context, string sessionId, InitializeRequestParams initializeParams, CancellationToken cancellationToken)
    {
        var owner = Caller.Of(context.User).Id;
        var request = JsonSerializer.SerializeToUtf8Bytes(initializeParams, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(InitializeRequestParams)));
        await TryAsync(async database =>
        {
            var sessions = SessionsOf(owner);
            var batch = database.CreateBatch();
            Task[] writes =
            [
                batch.HashSetAsync(KeyOf(sessionId), [new(OwnerField, owner), new(RequestField, request)]),
                batch.KeyExpireAsync(KeyOf(sessionId), s_retention),
                batch.SortedSetAddAsync(sessions, sessionId, time.GetUtcNow().ToUnixTimeMilliseconds()),
                batch.KeyExpireAsync(sessions, s_retention),
            ];
            batch.Execute();
            await Task.WhenAll(writes);
            foreach (var old in await database.SortedSetRangeByRankAsync(sessions, 0, -(CallerSessions.MaxPerCaller + 1)))
            {
                await RemoveAsync(database, old.ToString(), sessions);
            }

            return true;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<InitializeRequestParams?> AllowSessionMigrationAsync(HttpContext context, string sessionId, CancellationToken cancellationToken) =>
        sessionId.Length > MaxId
            ? null
            : await TryAsync(async database =>
            {
                var stored = await database.HashGetAsync(KeyOf(sessionId), [OwnerField, RequestField]);
                if (stored[0].IsNull || stored[1].IsNull || stored[0] != Caller.Of(context.User).Id)
                {
                    return null;
                }

                await database.KeyExpireAsync(KeyOf(sessionId), s_retention);
                return (InitializeRequestParams?)JsonSerializer.Deserialize(
                    (byte[])stored[1]!, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(InitializeRequestParams)));
            });

    /// <summary>Removes a session that its client has ended.</summary>
    public Task ForgetAsync(string sessionId, Caller caller) => TryAsync(async database =>
    {
        if (await database.HashGetAsync(KeyOf(sessionId), OwnerField) == caller.Id)
        {
            await RemoveAsync(database, sessionId, SessionsOf(caller.Id));
        }

        return true;
    });

    /// <summary>Adds a subscription of a session.</summary>
    public Task AddSubscriptionAsync(string sessionId, string uri) => TryAsync(async database =>
    {
        await database.SetAddAsync(SubscriptionsOf(sessionId), uri);
        return await database.KeyExpireAsync(SubscriptionsOf(sessionId), s_retention);
    });

    /// <summary>Removes a subscription of a session.</summary>
    public Task RemoveSubscriptionAsync(string sessionId, string uri) => TryAsync(database => database.SetRemoveAsync(SubscriptionsOf(sessionId), uri));

    /// <summary>The subscriptions of a session.</summary>
    public async Task<IReadOnlyList<string>> SubscriptionsAsync(string sessionId) =>
        await TryAsync(async database => (await database.SetMembersAsync(SubscriptionsOf(sessionId))).Select(uri => uri.ToString()).ToArray()) ?? [];

    // A client whose session cannot be found starts another one, so no call fails because of this.
    private async Task<T?> TryAsync<T>(Func<IDatabase, Task<T?>> action)
    {
        try
        {
            return await action(services.GetRequiredService<IConnectionMultiplexer>().GetDatabase());
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or JsonException)
        {
            Log.NotKept(logger, exception.GetType().Name);
            return default;
        }
    }

    private static async Task RemoveAsync(IDatabase database, string sessionId, RedisKey sessions)
    {
        await database.KeyDeleteAsync(KeyOf(sessionId));
        await database.KeyDeleteAsync(SubscriptionsOf(sessionId));
        await database.SortedSetRemoveAsync(sessions, sessionId);
    }

    private static RedisKey KeyOf(string sessionId) => "co:mcp:session:" + sessionId;

    private static RedisKey SubscriptionsOf(string sessionId) => "co:mcp:subscriptions:" + sessionId;

    private static RedisKey SessionsOf(string owner) => "co:mcp:sessions:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A session of the MCP API could not be read from or written to Redis ({Error}).")]
        public static partial void NotKept(ILogger logger, string error);
    }
}
