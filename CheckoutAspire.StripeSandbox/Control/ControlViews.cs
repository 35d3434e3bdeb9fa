using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>The content of the control page, newest first.</summary>
internal sealed record ControlState(
    IReadOnlyList<SessionView> Sessions,
    IReadOnlyList<EventView> Events,
    IReadOnlyList<DeliveryView> Deliveries,
    IReadOnlyList<FaultView> Faults)
{
    private const int Shown = 50;

    public static ControlState Of(Transaction transaction, FaultPlan faults) => new(
        [.. transaction.NewestFirst<Session>().Take(Shown).Select(session => SessionView.Of(transaction, session))],
        [.. transaction.NewestFirst<SandboxEvent>().Take(Shown).Select(EventView.Of)],
        [.. transaction.NewestFirst<Delivery>().Take(Shown).Select(delivery => DeliveryView.Of(transaction, delivery))],
        [.. faults.List().Select(FaultView.Of)]);
}

/// <summary>A session without the buyer's data.</summary>
internal sealed record SessionView(
    string Id,
    string Status,
    [property: JsonPropertyName("payment_status")] string PaymentStatus,
    string Mode,
    string Amount,
    DateTime Created,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt,
    string Page,
    IReadOnlyList<string> Actions)
{
    public static SessionView Of(Transaction transaction, Session session) => new(
        session.Id,
        session.Status,
        session.PaymentStatus,
        session.Mode,
        PageHtml.Total(session),
        session.Created,
        session.ExpiresAt,
        $"/c/pay/{session.Id}",
        SessionControls.Offered(transaction, session));
}

/// <summary>An event and the number of endpoints that have not acknowledged it.</summary>
internal sealed record EventView(
    string Id, string Type, DateTime Created, string Object, [property: JsonPropertyName("pending_webhooks")] int PendingWebhooks)
{
    public static EventView Of(SandboxEvent recorded) => new(
        recorded.Id, recorded.Type, recorded.Created, recorded.ObjectId, recorded.PendingWebhooks);
}

/// <summary>The delivery of an event to an endpoint.</summary>
internal sealed record DeliveryView(
    string Id,
    string Event,
    string Type,
    string Url,
    int Attempts,
    bool Succeeded,
    [property: JsonPropertyName("last_try")] DateTime? LastTry,
    [property: JsonPropertyName("last_status")] int? LastStatus,
    [property: JsonPropertyName("last_error")] string? LastError,
    [property: JsonPropertyName("next_try")] DateTime? NextTry)
{
    public static DeliveryView Of(Transaction transaction, Delivery delivery) => new(
        delivery.Id,
        delivery.EventId,
        delivery.EventType,
        transaction.TryFind<StoredEndpoint>(delivery.EndpointId, out var endpoint) ? endpoint.Endpoint.Url : delivery.EndpointId,
        delivery.Attempts,
        delivery.Succeeded,
        delivery.LastTryAt,
        delivery.LastStatus,
        delivery.LastError,
        delivery.NextTryAt);
}
