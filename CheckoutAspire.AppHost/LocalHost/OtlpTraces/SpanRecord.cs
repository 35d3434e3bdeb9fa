using System.Diagnostics;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>A finished span, as a service reported it.</summary>
internal sealed record SpanRecord
{
    /// <summary>32 hexadecimal digits, lower case.</summary>
    public required string TraceId { get; init; }

    /// <summary>16 hexadecimal digits, lower case.</summary>
    public required string SpanId { get; init; }

    /// <summary>Null for a root.</summary>
    public required string? ParentSpanId { get; init; }

    public required string Name { get; init; }

    public required ActivityKind Kind { get; init; }

    /// <summary>The resource's <c>service.name</c>.</summary>
    public required string ServiceName { get; init; }

    /// <summary>The instrumentation scope: the name of the <see cref="ActivitySource"/>.</summary>
    public required string Scope { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required TimeSpan Duration { get; init; }

    public required bool IsError { get; init; }

    /// <summary>Attributes with a scalar value, each as text. Arrays and maps are left out.</summary>
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    public required IReadOnlyList<SpanLink> Links { get; init; }
}

/// <summary>A span of another trace, or elsewhere in the same one, that this one is caused by.</summary>
internal readonly record struct SpanLink(string TraceId, string SpanId);
