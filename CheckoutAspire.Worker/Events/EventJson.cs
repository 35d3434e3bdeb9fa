using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Events;

/// <summary>An event, as far as its object goes.</summary>
internal sealed record StripeEvent<T>(StripeEventData<T> Data);

/// <summary>What an event is about.</summary>
internal sealed record StripeEventData<T>(T Object);

/// <summary>Reads Stripe's events: the few members that matter, strictly; any other is skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StripeEvent<CheckoutSession>))]
[JsonSerializable(typeof(StripeEvent<Invoice>))]
[JsonSerializable(typeof(StripeEvent<ChargeOrDispute>))]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <summary>An event's body, for what Stripe's API told and no event did.</summary>
    public static byte[] Write(CheckoutSession session) =>
        JsonSerializer.SerializeToUtf8Bytes(new StripeEvent<CheckoutSession>(new(session)), Default.StripeEventCheckoutSession);

    /// <exception cref="UnreadableEventException">The body is not what Stripe documents.</exception>
    public static T Read<T>(RedisValue body, JsonTypeInfo<StripeEvent<T>> type)
    {
        try
        {
            var read = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)body).Span, type);
            return read is not null ? read.Data.Object : throw new UnreadableEventException("The event's body is null.");
        }
        catch (JsonException exception)
        {
            throw new UnreadableEventException($"The event's {exception.Path ?? "body"} is not of the documented type.", exception);
        }
    }
}
