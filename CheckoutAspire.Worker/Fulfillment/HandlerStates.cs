using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// Which handlers fail and which are paused, as this worker knows it: by reading Redis, and by its own calls. Reads run next to each other and next to calls, so
/// the result of an older read must not hide a newer one, nor a failure that was counted after it began.
/// </summary>
internal sealed class HandlerStates(LedgerHandlers handlers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _failedAt = new(StringComparer.Ordinal);
    private volatile HashSet<string> _failing = [];
    private volatile bool _isProbeDue;
    private long _events;
    private long _newestRead;

    /// <summary>Whether a paused handler may be called to see if it works again.</summary>
    public bool IsProbeDue => _isProbeDue;

    /// <summary>Whether the handler's failures have been counted since its last success.</summary>
    public bool IsFailing(string handler) => _failing.Contains(handler);

    /// <summary>Notes that a failure was counted.</summary>
    public void NoteFailure(string handler)
    {
        lock (_lock)
        {
            _failedAt[handler] = ++_events;
            _failing = [.. _failing, handler];
        }
    }

    /// <summary>Begins a read. Its number is passed to <see cref="EndRead"/>.</summary>
    public long BeginRead()
    {
        lock (_lock)
        {
            return ++_events;
        }
    }

    /// <summary>Ends a read, which changes nothing if a later one has ended before.</summary>
    public void EndRead(long began, IReadOnlyCollection<(string Name, bool Fails, bool IsPaused, TimeSpan Probe)> states)
    {
        lock (_lock)
        {
            if (began < _newestRead)
            {
                return;
            }

            _newestRead = began;
            _failing = [.. states.Where(handler => handler.Fails || _failedAt.GetValueOrDefault(handler.Name) > began).Select(handler => handler.Name)];
            _isProbeDue = states.Any(handler => handler.IsPaused && handler.Probe == TimeSpan.Zero);
            handlers.Paused = string.Join(',', states.Where(handler => handler.IsPaused).Select(handler => handler.Name));
        }
    }
}
