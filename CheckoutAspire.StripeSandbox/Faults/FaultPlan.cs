using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CheckoutAspire.StripeSandbox.Faults;

/// <summary>The faults that are to be simulated, oldest first. They are not kept across a restart.</summary>
internal sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Held deliveries whose object already has a next event, by the delivery that releases them.</summary>
    private readonly Dictionary<string, List<string>> _heldBehind = new(StringComparer.Ordinal);

    /// <summary>Held deliveries that wait for the next event of their object, by endpoint and object.</summary>
    private readonly Dictionary<(string EndpointId, string ObjectId), List<string>> _held = [];

    private int _added;

    public IReadOnlyList<Fault> List()
    {
        lock (_gate)
        {
            return [.. _faults];
        }
    }

    public Fault Add(Fault draft)
    {
        lock (_gate)
        {
            var fault = draft with { Id = string.Create(CultureInfo.InvariantCulture, $"fault_{++_added}") };
            _faults.Add(fault);
            return fault;
        }
    }

    /// <returns>The number of removed faults.</returns>
    public int Clear(string? id = null)
    {
        lock (_gate)
        {
            return _faults.RemoveAll(fault => id is null || fault.Id == id);
        }
    }

    /// <summary>Consumes one use of a fault that applies to the request.</summary>
    public bool Take(FaultKind kind, HttpRequest request, [NotNullWhen(true)] out Fault? fault) =>
        Take(candidate => candidate.Applies(kind, request.Method, request.Path), out fault);

    /// <summary>Consumes one use of a fault that applies to the event.</summary>
    public bool Take(FaultKind kind, string eventType, [NotNullWhen(true)] out Fault? fault) =>
        Take(candidate => candidate.Applies(kind, eventType), out fault);

    /// <summary>Holds a delivery until the endpoint has received the next event of the same object.</summary>
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

    /// <summary>Makes the held deliveries of the object wait for this delivery.</summary>
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

    /// <summary>The deliveries that were waiting for this one, which has now been acknowledged.</summary>
    public IReadOnlyList<string> Release(string deliveryId)
    {
        lock (_gate)
        {
            return _heldBehind.Remove(deliveryId, out var waiting) ? waiting : [];
        }
    }

    private bool Take(Predicate<Fault> applies, [NotNullWhen(true)] out Fault? fault)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(applies);
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
