using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Events;

/// <summary>The members of an event that are read.</summary>
/// <remarks>Plain setters, as in <see cref="CheckoutSession"/>: read without an array of boxed arguments.</remarks>
internal sealed record StripeEvent<T>
    where T : class
{
    /// <summary>When the event was generated, in Unix seconds.</summary>
    public long Created { get; set; }

    [JsonRequired]
    public StripeEventData<T> Data { get; set; } = null!;
}

/// <summary>The <c>data</c> of an event.</summary>
internal sealed record StripeEventData<T>
    where T : class
{
    [JsonRequired]
    public T Object { get; set; } = null!;
}

/// <summary>Reads the few members of Stripe's events that matter, strictly. The others are skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StripeEvent<CheckoutSession>))]
[JsonSerializable(typeof(StripeEvent<Invoice>))]
[JsonSerializable(typeof(StripeEvent<ReturnObject>))]
[JsonSerializable(typeof(StripeEvent<SubscriptionObject>))]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <exception cref="UnreadableEventException">The body is not what Stripe documents.</exception>
    public static T Read<T>(RedisValue body, JsonTypeInfo<StripeEvent<T>> type)
        where T : class =>
        ReadEvent(body, type).Data.Object;

    /// <summary>Reads a session's event, of which there are the most: those of the usual form without the serializer.</summary>
    /// <exception cref="UnreadableEventException">The body is not what Stripe documents.</exception>
    public static StripeEvent<CheckoutSession> ReadCheckout(RedisValue body) =>
        CheckoutEventScanner.TryRead(((ReadOnlyMemory<byte>)body).Span, out var read) ? read : ReadEvent(body, Default.StripeEventCheckoutSession);

    /// <exception cref="UnreadableEventException">The body is not what Stripe documents.</exception>
    public static StripeEvent<T> ReadEvent<T>(RedisValue body, JsonTypeInfo<StripeEvent<T>> type)
        where T : class
    {
        try
        {
            var read = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)body).Span, type);
            return read?.Data.Object is null ? throw new UnreadableEventException("The event, or its object, is null.") : read;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws InvalidOperationException for an unpaired surrogate.
            throw new UnreadableEventException($"The event's {(exception as JsonException)?.Path ?? "body"} is not of the documented type.", exception);
        }
    }
}
