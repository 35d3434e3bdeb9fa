using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Faults;

/// <summary>The faults that the sandbox can simulate.</summary>
internal enum FaultKind
{
    /// <summary>The API answers 429 and does nothing.</summary>
    RateLimit,

    /// <summary>The API answers 404 as if the object did not exist, and does nothing.</summary>
    NotFound,

    /// <summary>The API answers 500, does nothing, and replays that answer under the same idempotency key.</summary>
    ServerError,

    /// <summary>The API does the work, then answers as for <see cref="ServerError"/>. Only reading the object shows that it exists.</summary>
    ServerErrorAfterSuccess,

    /// <summary>The API does the work and cuts the connection before it answers. The same idempotency key returns the answer.</summary>
    TimeoutAfterSuccess,

    /// <summary>An event is never generated: it is neither delivered nor listed.</summary>
    EventLost,

    /// <summary>An event is listed at once and delivered later.</summary>
    EventDelayed,

    /// <summary>An event is delivered, acknowledged, and delivered again.</summary>
    EventDuplicated,

    /// <summary>An event is delivered after the next event of the same object, or after its delay if none follows.</summary>
    EventReordered,

    /// <summary>An event is generated and listed, but never delivered: <c>delivery_success=false</c> finds it.</summary>
    DeliveryLost,
}

/// <summary>A fault that is to be simulated.</summary>
/// <param name="Id">Identifies the fault when it is cleared.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Remaining">How many more times it applies.</param>
/// <param name="Method">The method of the API requests that it applies to; null for any.</param>
/// <param name="Path">The path of the API requests that it applies to, or a prefix such as <c>/v1/checkout/*</c>; null for any.</param>
/// <param name="EventType">The type of the events that it applies to, or a prefix such as <c>checkout.session.*</c>; null for any.</param>
/// <param name="Delay">How late an event is delivered, or how long a request waits before its connection is cut.</param>
internal sealed record Fault(string Id, FaultKind Kind, int Remaining, string? Method, string? Path, string? EventType, TimeSpan Delay)
{
    private static readonly FrozenDictionary<string, FaultKind> ByName = new Dictionary<string, FaultKind>
    {
        ["rate_limit"] = FaultKind.RateLimit,
        ["not_found"] = FaultKind.NotFound,
        ["server_error"] = FaultKind.ServerError,
        ["server_error_after_success"] = FaultKind.ServerErrorAfterSuccess,
        ["timeout_after_success"] = FaultKind.TimeoutAfterSuccess,
        ["event_lost"] = FaultKind.EventLost,
        ["event_delayed"] = FaultKind.EventDelayed,
        ["event_duplicated"] = FaultKind.EventDuplicated,
        ["event_reordered"] = FaultKind.EventReordered,
        ["delivery_lost"] = FaultKind.DeliveryLost,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    public string Name => ByName.First(entry => entry.Value == Kind).Key;

    public static bool TryParse(string? name, out FaultKind kind)
    {
        kind = default;
        return name is not null && ByName.TryGetValue(name, out kind);
    }

    /// <summary>Whether the fault applies to events; otherwise it applies to API requests.</summary>
    public static bool AppliesToEvents(FaultKind kind) => kind >= FaultKind.EventLost;

    public bool Applies(FaultKind kind, string method, string path) => Kind == kind
        && (Method is null || string.Equals(Method, method, StringComparison.OrdinalIgnoreCase))
        && (Path is null || Matches(Path, path));

    public bool Applies(FaultKind kind, string eventType) => Kind == kind && (EventType is null || Matches(EventType, eventType));

    private static bool Matches(string pattern, string text) => pattern.EndsWith('*')
        ? text.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : pattern == text;
}
