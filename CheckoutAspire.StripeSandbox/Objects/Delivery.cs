using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The delivery of one event to one endpoint.</summary>
internal sealed class Delivery : IHasId
{
    public required string Id { get; set; }

    public required string EventId { get; init; }

    public required string EventType { get; init; }

    public required string EndpointId { get; init; }

    public required DateTime Created { get; init; }

    /// <summary>When the next attempt is due; null during an attempt, and when no attempt is left.</summary>
    public DateTime? NextTryAt { get; set; }

    public int Attempts { get; set; }

    public DateTime? LastTryAt { get; set; }

    /// <summary>The status of the last response; null if the receiver could not be reached.</summary>
    public int? LastStatus { get; set; }

    /// <summary>Why the receiver could not be reached.</summary>
    public string? LastError { get; set; }

    public bool Succeeded { get; set; }

    /// <summary>How many more times the event is sent although it has been acknowledged.</summary>
    public int Repeats { get; set; }

    /// <summary>There is one delivery per event and endpoint, whatever the number of attempts.</summary>
    public static string IdOf(string eventId, string endpointId) => $"{eventId}:{endpointId}";
}
