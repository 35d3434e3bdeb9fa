using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Events;

/// <summary>An event, as far as its object goes.</summary>
/// <remarks>Plain setters, as in <see cref="CheckoutSession"/>: read without an array of boxed arguments.</remarks>
internal sealed record StripeEvent<T>
    where T : class
{
    /// <summary>When the event was generated, in Unix seconds.</summary>
    public long Created { get; set; }

    [JsonRequired]
    public StripeEventData<T> Data { get; set; } = null!;
}

/// <summary>What an event is about.</summary>
internal sealed record StripeEventData<T>
    where T : class
{
    [JsonRequired]
    public T Object { get; set; } = null!;
}

/// <summary>Reads Stripe's events: the few members that matter, strictly; any other is skipped.</summary>
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
    /// <summary>An event's body, for what Stripe's API told and no event did.</summary>
    public static byte[] Write(CheckoutSession session) =>
        JsonSerializer.SerializeToUtf8Bytes(new StripeEvent<CheckoutSession> { Data = new() { Object = session } }, Default.StripeEventCheckoutSession);

    /// <exception cref="UnreadableEventException">The body is not what Stripe documents.</exception>
    public static T Read<T>(RedisValue body, JsonTypeInfo<StripeEvent<T>> type)
        where T : class =>
        ReadEvent(body, type).Data.Object;

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
            // The reader throws InvalidOperationException for half of a surrogate pair.
            throw new UnreadableEventException($"The event's {(exception as JsonException)?.Path ?? "body"} is not of the documented type.", exception);
        }
    }
}
