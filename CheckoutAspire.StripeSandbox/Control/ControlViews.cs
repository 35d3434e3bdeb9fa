using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>What the control page shows, the newest first.</summary>
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

/// <summary>A session without anything of its buyer.</summary>
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

/// <summary>An event and how many endpoints still wait for it.</summary>
internal sealed record EventView(
    string Id, string Type, DateTime Created, string Object, [property: JsonPropertyName("pending_webhooks")] int PendingWebhooks)
{
    public static EventView Of(SandboxEvent recorded) => new(
        recorded.Id, recorded.Type, recorded.Created, recorded.ObjectId, recorded.PendingWebhooks);
}

/// <summary>The way of one event to one endpoint, so far.</summary>
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
