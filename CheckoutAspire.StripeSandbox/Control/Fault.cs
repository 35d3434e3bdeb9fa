using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>What can be made to go wrong.</summary>
internal enum FaultKind
{
    /// <summary>The API answers 429 and does nothing.</summary>
    RateLimit,

    /// <summary>The API answers 500, does nothing, and replays that answer under the same idempotency key.</summary>
    ServerError,

    /// <summary>As <see cref="ServerError"/>, but the work was done: only a look at Stripe tells.</summary>
    ServerErrorAfterSuccess,

    /// <summary>The work is done and the connection is cut before the answer; the same idempotency key gets the answer.</summary>
    TimeoutAfterSuccess,

    /// <summary>An event is never generated: no webhook, and none in the list.</summary>
    EventLost,

    /// <summary>An event is recorded at once and delivered later.</summary>
    EventDelayed,

    /// <summary>An event is delivered, acknowledged, and delivered again.</summary>
    EventDuplicated,

    /// <summary>An event is delivered after the next event of the same object, or after its delay should none follow.</summary>
    EventReordered,
}

/// <summary>A fault that was ordered.</summary>
/// <param name="Id">Its name, to clear it by.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Remaining">How often it is still to strike.</param>
/// <param name="Method">An API request's method; null strikes any.</param>
/// <param name="Path">An API request's path, <c>/v1/checkout/*</c> those below it; null strikes any.</param>
/// <param name="EventType">An event's type, <c>checkout.session.*</c> those of a group; null strikes any.</param>
/// <param name="Delay">How late an event comes; how long a request hangs before its connection is cut.</param>
internal sealed record Fault(string Id, FaultKind Kind, int Remaining, string? Method, string? Path, string? EventType, TimeSpan Delay)
{
    private static readonly FrozenDictionary<string, FaultKind> ByName = new Dictionary<string, FaultKind>
    {
        ["rate_limit"] = FaultKind.RateLimit,
        ["server_error"] = FaultKind.ServerError,
        ["server_error_after_success"] = FaultKind.ServerErrorAfterSuccess,
        ["timeout_after_success"] = FaultKind.TimeoutAfterSuccess,
        ["event_lost"] = FaultKind.EventLost,
        ["event_delayed"] = FaultKind.EventDelayed,
        ["event_duplicated"] = FaultKind.EventDuplicated,
        ["event_reordered"] = FaultKind.EventReordered,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    public string Name => ByName.First(entry => entry.Value == Kind).Key;

    public static bool TryParse(string? name, out FaultKind kind)
    {
        kind = default;
        return name is not null && ByName.TryGetValue(name, out kind);
    }

    public static bool IsOfEvents(FaultKind kind) => kind >= FaultKind.EventLost;

    public bool Strikes(FaultKind kind, string method, string path) => Kind == kind
        && (Method is null || string.Equals(Method, method, StringComparison.OrdinalIgnoreCase))
        && (Path is null || Matches(Path, path));

    public bool Strikes(FaultKind kind, string eventType) => Kind == kind && (EventType is null || Matches(EventType, eventType));

    private static bool Matches(string pattern, string text) => pattern.EndsWith('*')
        ? text.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : pattern == text;
}
