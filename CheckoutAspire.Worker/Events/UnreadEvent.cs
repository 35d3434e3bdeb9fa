using System.Text.Json;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Events;

/// <summary>
/// The parts of an undocumented event that show whether it concerns this installation. Events of other integrations are counted
/// and never dead-lettered.
/// </summary>
/// <param name="MayBeOurs">Whether the object's metadata names this installation, or the object has no metadata.</param>
/// <param name="PaymentIntent">The payment intent that the object names, or null.</param>
/// <param name="ApiVersion">The API version of the event, or null.</param>
internal readonly record struct UnreadEvent(bool MayBeOurs, string? PaymentIntent, string? ApiVersion)
{
    /// <summary>Reads an event's body; null if it is not JSON.</summary>
    public static UnreadEvent? Look(RedisValue body, string deployment)
    {
        try
        {
            using var document = JsonDocument.Parse((ReadOnlyMemory<byte>)body);
            var root = document.RootElement;
            var subject = Member(Member(root, "data"), "object");
            return new UnreadEvent(
                Member(subject, "metadata") is not { ValueKind: JsonValueKind.Object }
                    || Names(subject, deployment)
                    || Names(Member(Member(subject, "parent"), "subscription_details"), deployment)
                    || Names(Member(subject, "subscription_details"), deployment),
                Text(Member(subject, "payment_intent")),
                Text(Member(root, "api_version")));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Names(JsonElement? holder, string deployment) =>
        Member(holder, "metadata") is { } metadata
        && Text(Member(metadata, CheckoutMetadata.Source)) == CheckoutMetadata.SourceValue
        && Text(Member(metadata, CheckoutMetadata.Deployment)) == deployment;

    private static JsonElement? Member(JsonElement? holder, string name) =>
        holder is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
