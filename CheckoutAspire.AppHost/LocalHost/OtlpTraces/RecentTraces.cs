namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>The latest traces, whichever service their spans came from. Bounded: the oldest trace makes room for a new one.</summary>
internal sealed class RecentTraces(int maxTraces = 256, int maxSpansPerTrace = 512)
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _oldestFirst = new();
    private readonly Dictionary<string, List<SpanRecord>> _traces = new(StringComparer.Ordinal);

    public void Add(IEnumerable<SpanRecord> spans)
    {
        lock (_lock)
        {
            foreach (var span in spans)
            {
                if (!_traces.TryGetValue(span.TraceId, out var trace))
                {
                    if (_oldestFirst.Count == maxTraces)
                    {
                        _traces.Remove(_oldestFirst.Dequeue());
                    }

                    _oldestFirst.Enqueue(span.TraceId);
                    _traces[span.TraceId] = trace = [];
                }

                if (trace.Count < maxSpansPerTrace)
                {
                    trace.Add(span);
                }
            }
        }
    }

    /// <summary>The spans of one trace that have arrived so far.</summary>
    public IReadOnlyList<SpanRecord> Find(string traceId)
    {
        lock (_lock)
        {
            return _traces.TryGetValue(traceId, out var trace) ? [.. trace] : [];
        }
    }

    /// <summary>Every span that is still kept, in no order.</summary>
    public IReadOnlyList<SpanRecord> All()
    {
        lock (_lock)
        {
            return [.. _traces.Values.SelectMany(trace => trace)];
        }
    }
}
