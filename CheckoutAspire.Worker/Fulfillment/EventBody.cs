using System.Text.Json;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Reads the object of an event in Stripe's own types.</summary>
internal static class EventBody
{
    /// <summary>The first API version with today's shape: shipping is in <c>collected_information</c>, and an invoice's subscription in <c>parent</c>.</summary>
    private const string FirstVersion = "2025-03-31";

    /// <summary>
    /// The event's object; null if there is no event, or if it does not have the documented shape of a known API version: the object is then read from
    /// Stripe's API.
    /// </summary>
    public static T? Read<T>(RedisValue body)
        where T : StripeEntity
    {
        try
        {
            using var document = JsonDocument.Parse((ReadOnlyMemory<byte>)body);
            return document.RootElement.TryGetProperty("data", out var data) && data.TryGetProperty("object", out var subject)
                && document.RootElement.TryGetProperty("api_version", out var version)
                && string.CompareOrdinal(version.GetString(), FirstVersion) >= 0
                    ? subject.Deserialize<T>(StripeConfiguration.SerializerOptions)
                    : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            return null;
        }
    }
}
