using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Events;

/// <summary>The API request that caused an event: <c>event.request</c>.</summary>
internal sealed record EventCause(string RequestId, string? IdempotencyKey);

/// <summary>An event with its object as it was then.</summary>
/// <remarks>Not <see cref="Event"/>: that holds a live object, which would change under an event already sent.</remarks>
internal sealed class SandboxEvent : IHasId
{
    public required string Id { get; set; }

    public required string Type { get; init; }

    public required DateTime Created { get; init; }

    public required string ObjectId { get; init; }

    public required RawJson Object { get; init; }

    public RawJson? PreviousAttributes { get; init; }

    public string? RequestId { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>The endpoints that have not acknowledged it yet; counted from the deliveries after a restart.</summary>
    [JsonIgnore]
    public int PendingWebhooks { get; set; }

    /// <summary>The event as the API shows it and a webhook carries it.</summary>
    public JsonObject ToJson()
    {
        var data = new JsonObject { ["object"] = Object.ToJson() };
        if (PreviousAttributes is { } previous)
        {
            data["previous_attributes"] = previous.ToJson();
        }

        return new JsonObject
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
    }
}
