using Stripe;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>An event on its way to one endpoint: what became of it so far.</summary>
internal sealed class Delivery : IHasId
{
    public required string Id { get; set; }

    public required string EventId { get; init; }

    public required string EventType { get; init; }

    public required string EndpointId { get; init; }

    public required DateTime Created { get; init; }

    /// <summary>When it is sent next; null while it is being sent, and when nothing is left to do.</summary>
    public DateTime? NextTryAt { get; set; }

    public int Attempts { get; set; }

    public DateTime? LastTryAt { get; set; }

    /// <summary>What the receiver answered last; null when it was not reached.</summary>
    public int? LastStatus { get; set; }

    /// <summary>Why it was not reached.</summary>
    public string? LastError { get; set; }

    public bool Succeeded { get; set; }

    /// <summary>How often it is sent again although it was acknowledged.</summary>
    public int Repeats { get; set; }

    /// <summary>An event goes to an endpoint once, however often it is tried.</summary>
    public static string IdOf(string eventId, string endpointId) => $"{eventId}:{endpointId}";
}
