using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Who asked for what, and what was decided: a Redis stream that is only ever appended to, and cut off by age.</summary>
/// <remarks>Holds digests and ids; never an argument's value.</remarks>
internal sealed partial class AuditTrail(IConnectionMultiplexer redis, IOptions<AccessOptions> access, TimeProvider time, ILogger<AuditTrail> logger)
{
    public const string Stream = "co:audit";

    // Who calls too often is noted, but cannot fill Redis by it.
    private static readonly TimeSpan s_repeatedRefusal = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Caller, bool Changes), long> _limited = new();

    /// <summary>Appends an entry.</summary>
    /// <exception cref="RedisException">It is not written.</exception>
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

    /// <summary>Appends an entry whose loss stops nothing: it is logged instead.</summary>
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

    /// <summary>Notes a tool call that was refused before it reached its tool.</summary>
    public Task RefusedAsync(Caller caller, McpRequest request, string code) =>
        request.Tool is null || (code == "rate_limited" && IsRepeated((caller.Id, request.Changes)))
            ? Task.CompletedTask
            : TryAppendAsync(new AuditEntry
            {
                Phase = AuditPhase.Refusal,
                Principal = caller.Id,
                Tool = AuditEntry.NameOf(request.Tool),
                ArgumentsDigest = CanonicalJson.Digest(request.Arguments),
                Decision = code,
                TraceId = Activity.Current?.TraceId.ToString(),
            });

    private bool IsRepeated((string, bool) budget)
    {
        var now = time.GetTimestamp();
        var last = _limited.GetOrAdd(budget, 0);
        return (last != 0 && time.GetElapsedTime(last, now) < s_repeatedRefusal) || !_limited.TryUpdate(budget, now, last);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The audit was not written ({Error}): {Principal} called {Tool}, decision {Decision}, session {SessionId}.")]
        public static partial void NotWritten(
            ILogger logger, string principal, string tool, string decision, string? sessionId, string error);
    }
}
