using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>The record of calls and decisions: an append-only Redis stream that is trimmed by age.</summary>
/// <remarks>Entries contain digests and ids, never the value of an argument.</remarks>
internal sealed partial class AuditTrail(IConnectionMultiplexer redis, IOptions<AccessOptions> access, TimeProvider time, ILogger<AuditTrail> logger)
{
    public const string Stream = "co:audit";

    // Rejected calls are recorded, but no caller can fill Redis with them.
    private static readonly TimeSpan s_repeatedRejection = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Caller, string Code), long> _rejected = new();

    /// <summary>Appends an entry.</summary>
    /// <exception cref="RedisException">The entry was not written.</exception>
    public Task AppendAsync(AuditEntry entry)
    {
        var now = time.GetUtcNow();
        List<object> command = [Stream, "MINID", "~", (now - access.Value.AuditRetention).ToUnixTimeMilliseconds(), "*"];
        foreach (var (name, value) in entry.Fields(now))
        {
            command.Add(name);
            command.Add(value);
        }

        return redis.GetDatabase().ExecuteAsync("XADD", command);
    }

    /// <summary>Appends an entry that the call does not depend on. A failure is logged.</summary>
    public async Task TryAppendAsync(AuditEntry entry)
    {
        try
        {
            await AppendAsync(entry);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.NotWritten(logger, entry.Principal, entry.Tool, entry.Decision, entry.SessionId, exception.GetType().Name);
        }
    }

    /// <summary>Records a call that would have changed something and was rejected before it reached its tool, at most once a second for each caller.</summary>
    public Task RejectedAsync(Caller caller, McpRequest request, string code) =>
        request.Tool is { } tool && request.Changes && CheckoutScope.IsKnown(tool) && !IsRepeated((caller.Id, code))
            ? TryAppendAsync(new AuditEntry
            {
                Phase = AuditPhase.Rejected,
                Principal = caller.Id,
                Tool = tool,
                ArgumentsDigest = CanonicalJson.Digest(request.Arguments),
                Decision = code,
                TraceId = Activity.Current?.TraceId.ToString(),
            })
            : Task.CompletedTask;

    private bool IsRepeated((string, string) rejection)
    {
        var now = time.GetTimestamp();
        var last = _rejected.GetOrAdd(rejection, 0);
        return (last != 0 && time.GetElapsedTime(last, now) < s_repeatedRejection) || !_rejected.TryUpdate(rejection, now, last);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The audit entry was not written ({Error}): {Principal} called {Tool}, decision {Decision}, session {SessionId}.")]
        public static partial void NotWritten(
            ILogger logger, string principal, string tool, string decision, string? sessionId, string error);
    }
}
