using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>The point of a call at which an entry is written.</summary>
internal enum AuditPhase
{
    /// <summary>Before a tool that changes something runs.</summary>
    Intent,

    /// <summary>After that tool has run.</summary>
    Outcome,

    /// <summary>A call that was rejected and changed nothing.</summary>
    Rejected,
}

/// <summary>One entry of the audit.</summary>
internal sealed record AuditEntry
{
    /// <summary>The decision of an intent, before its outcome is known.</summary>
    public const string Pending = "pending";

    /// <summary>The decision of a successful call.</summary>
    public const string Ok = "ok";

    /// <summary>The decision of a call that ended without a result: the caller canceled it, or has to provide input first.</summary>
    public const string Unanswered = "unanswered";

    public required AuditPhase Phase { get; init; }

    public required string Principal { get; init; }

    public required string Tool { get; init; }

    /// <summary>SHA-256 of the arguments' canonical JSON.</summary>
    public required string ArgumentsDigest { get; init; }

    /// <summary><c>ok</c> or the error's code.</summary>
    public required string Decision { get; init; }

    /// <summary>Links an outcome to its intent.</summary>
    public string? CallId { get; init; }

    /// <summary>SHA-256 of the caller's idempotency key.</summary>
    public string? KeyDigest { get; init; }

    public string? SessionId { get; init; }

    public long? Amount { get; init; }

    public string? Currency { get; init; }

    /// <summary>The rules of the price policy that the sale has passed.</summary>
    public string? Rules { get; init; }

    public string? TraceId { get; init; }

    /// <summary>The entry's fields in the stream.</summary>
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
            ("amount", Amount?.ToString(CultureInfo.InvariantCulture)), ("currency", Currency), ("rules", Rules), ("trace_id", TraceId),
        ])
        {
            if (value is not null)
            {
                yield return new(name, value);
            }
        }
    }
}
