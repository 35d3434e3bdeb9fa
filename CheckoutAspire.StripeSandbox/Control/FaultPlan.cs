using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>The faults that were ordered, the oldest first. They are forgotten when the sandbox stops.</summary>
internal sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Of the deliveries that wait for the next event of their object: by the delivery that lets them go.</summary>
    private readonly Dictionary<string, List<string>> _heldBehind = new(StringComparer.Ordinal);

    /// <summary>Those whose next event is still to be caused, by endpoint and object.</summary>
    private readonly Dictionary<(string EndpointId, string ObjectId), List<string>> _held = [];

    private int _ordered;

    public IReadOnlyList<Fault> List()
    {
        lock (_gate)
        {
            return [.. _faults];
        }
    }

    public Fault Order(Fault draft)
    {
        lock (_gate)
        {
            var fault = draft with { Id = string.Create(CultureInfo.InvariantCulture, $"fault_{++_ordered}") };
            _faults.Add(fault);
            return fault;
        }
    }

    /// <returns>How many were taken away: all of them, or the one.</returns>
    public int Clear(string? id = null)
    {
        lock (_gate)
        {
            return _faults.RemoveAll(fault => id is null || fault.Id == id);
        }
    }

    /// <summary>Uses up one strike of a fault that fits the request.</summary>
    public bool Take(FaultKind kind, HttpRequest request, [NotNullWhen(true)] out Fault? fault) =>
        Take(candidate => candidate.Strikes(kind, request.Method, request.Path), out fault);

    /// <summary>Uses up one strike of a fault that fits the event.</summary>
    public bool Take(FaultKind kind, string eventType, [NotNullWhen(true)] out Fault? fault) =>
        Take(candidate => candidate.Strikes(kind, eventType), out fault);

    /// <summary>Holds a delivery until the endpoint has the next event of the same object.</summary>
    public void Hold(string endpointId, string objectId, string deliveryId)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue((endpointId, objectId), out var waiting))
            {
                _held[(endpointId, objectId)] = waiting = [];
            }

            waiting.Add(deliveryId);
        }
    }

    /// <summary>Puts those that are held behind a delivery that is on its way.</summary>
    public void Follow(string endpointId, string objectId, string deliveryId)
    {
        lock (_gate)
        {
            if (_held.Remove((endpointId, objectId), out var waiting))
            {
                _heldBehind[deliveryId] = waiting;
            }
        }
    }

    /// <summary>Those that waited for a delivery that has now been acknowledged.</summary>
    public IReadOnlyList<string> Release(string deliveryId)
    {
        lock (_gate)
        {
            return _heldBehind.Remove(deliveryId, out var waiting) ? waiting : [];
        }
    }

    private bool Take(Predicate<Fault> strikes, [NotNullWhen(true)] out Fault? fault)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(strikes);
            fault = index < 0 ? null : _faults[index];
            if (fault is null)
            {
                return false;
            }

            if (fault.Remaining == 1)
            {
                _faults.RemoveAt(index);
            }
            else
            {
                _faults[index] = fault with { Remaining = fault.Remaining - 1 };
            }

            return true;
        }
    }
}

/// <summary>A failure that was ordered: a 500 that is Stripe's, and no mistake of the sandbox.</summary>
internal sealed class OrderedFaultException : Exception;
