using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>The content of the control page, newest first.</summary>
internal sealed record ControlState(
    IReadOnlyList<object> Sessions,
    IReadOnlyList<object> Subscriptions,
    IReadOnlyList<object> Refunds,
    IReadOnlyList<object> Disputes,
    IReadOnlyList<EventView> Events,
    IReadOnlyList<DeliveryView> Deliveries,
    IReadOnlyList<FaultView> Faults);

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
    IReadOnlyList<string> Actions);

/// <summary>A subscription and the invoice of its current period.</summary>
internal sealed record SubscriptionView(
    string Id,
    string Status,
    [property: JsonPropertyName("current_period_end")] DateTime CurrentPeriodEnd,
    [property: JsonPropertyName("latest_invoice")] string LatestInvoice,
    IReadOnlyList<string> Actions);

/// <summary>A refund.</summary>
internal sealed record RefundView(
    string Id, string Status, string Amount, string Charge, DateTime Created, IReadOnlyList<string> Actions);

/// <summary>A dispute.</summary>
internal sealed record DisputeView(
    string Id, string Status, string Amount, string Reason, string Charge, DateTime Created, IReadOnlyList<string> Actions);

/// <summary>Formats amounts.</summary>
internal static class AmountView
{
    public static string Of(long amount, string currency) => new Currency(currency).Format(amount);
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
