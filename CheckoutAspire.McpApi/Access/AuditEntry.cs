using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>When in a call an entry is written.</summary>
internal enum AuditPhase
{
    /// <summary>Before a tool that changes something runs.</summary>
    Intent,

    /// <summary>After it.</summary>
    Outcome,

    /// <summary>A call that changed nothing because it was refused.</summary>
    Refusal,
}

/// <summary>One entry of the audit.</summary>
internal sealed record AuditEntry
{
    /// <summary>The decision of an intent: none yet.</summary>
    public const string Pending = "pending";

    /// <summary>The decision of a call that did what it was asked.</summary>
    public const string Ok = "ok";

    /// <summary>The decision of a call that ended without an answer: the caller gave up, or is asked for something first.</summary>
    public const string Unanswered = "unanswered";

    public required AuditPhase Phase { get; init; }

    public required string Principal { get; init; }

    public required string Tool { get; init; }

    /// <summary>SHA-256 of the arguments' canonical JSON.</summary>
    public required string ArgumentsDigest { get; init; }

    /// <summary><c>ok</c> or the error's code.</summary>
    public required string Decision { get; init; }

    /// <summary>Ties an outcome to its intent.</summary>
    public string? CallId { get; init; }

    /// <summary>SHA-256 of the caller's idempotency key.</summary>
    public string? KeyDigest { get; init; }

    public string? SessionId { get; init; }

    public long? Amount { get; init; }

    public string? Currency { get; init; }

    public string? TraceId { get; init; }

    /// <summary>A tool's name as it may be written down: whatever else a caller sends as one is not.</summary>
    public static string NameOf(string tool) => CheckoutScope.IsKnown(tool) ? tool : "unknown";

    /// <summary>The entry as the stream's fields.</summary>
    public IEnumerable<KeyValuePair<string, RedisValue>> Fields(DateTimeOffset at)
    {
        yield return new("at", at.ToString("O", CultureInfo.InvariantCulture));
        yield return new("phase", Phase.ToString().ToLowerInvariant());
        yield return new("principal", Principal);
        yield return new("tool", Tool);
        yield return new("arguments_digest", ArgumentsDigest);
        yield return new("decision", Decision);
        foreach (var (name, value) in ((string, string?)[])
        [
            ("call", CallId), ("key_digest", KeyDigest), ("session_id", SessionId),
            ("amount", Amount?.ToString(CultureInfo.InvariantCulture)), ("currency", Currency), ("trace_id", TraceId),
        ])
        {
            if (value is not null)
            {
                yield return new(name, value);
            }
        }
    }
}
