using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The API request that caused an event, shown as <c>event.request</c>.</summary>
internal sealed record EventCause(string RequestId, string? IdempotencyKey);

/// <summary>An event with a snapshot of its object.</summary>
/// <remarks><see cref="Event"/> is not used because it holds a live object, which would change after the event was sent.</remarks>
internal sealed class SandboxEvent : IHasId
{
    public required string Id { get; set; }

    public required string Type { get; init; }

    public required DateTime Created { get; init; }

    public required string ObjectId { get; init; }

    public required RawJson Object { get; init; }

    public RawJson? PreviousAttributes { get; init; }

    /// <summary>The connected account that the event belongs to; null for the merchant's own account.</summary>
    public string? Account { get; init; }

    public string? RequestId { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>The number of endpoints that have not acknowledged the event. After a restart it is counted from the deliveries.</summary>
    [JsonIgnore]
    public int PendingWebhooks { get; set; }

    /// <summary>Whether a simulated fault keeps the event from being delivered: it is listed with pending webhooks, and never sent.</summary>
    [JsonIgnore]
    public bool IsUndelivered { get; set; }

    /// <summary>The event as the API returns it and webhooks carry it.</summary>
    public JsonObject ToJson()
    {
        var data = new JsonObject { ["object"] = Object.ToJson() };
        if (PreviousAttributes is { } previous)
        {
            data["previous_attributes"] = previous.ToJson();
        }

        var json = new JsonObject
        {
            ["id"] = Id,
            ["object"] = "event",
            ["api_version"] = StripeConfiguration.ApiVersion,
            ["created"] = new DateTimeOffset(Created).ToUnixTimeSeconds(),
            ["data"] = data,
            ["livemode"] = false,
            ["pending_webhooks"] = PendingWebhooks,
            ["request"] = new JsonObject { ["id"] = RequestId, ["idempotency_key"] = IdempotencyKey },
            ["type"] = Type,
        };
        if (Account is not null)
        {
            json["account"] = Account;
        }

        return json;
    }
}
