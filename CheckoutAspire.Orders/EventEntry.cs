using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>One entry of the events stream: a verified Stripe event with its raw bytes.</summary>
/// <param name="Id">Stripe's event id, <c>evt_…</c>.</param>
/// <param name="Type">Stripe's event type.</param>
/// <param name="ObjectId">The id of <c>data.object</c>: for checkout events the session.</param>
/// <param name="Livemode">Whether real money moved.</param>
/// <param name="Traceparent">W3C context of the span that put the entry here, or empty.</param>
/// <param name="ReceivedAt">When the receiver had read it.</param>
/// <param name="Body">The event's bytes as Stripe signed them.</param>
/// <param name="Attempts">How often it was tried and set aside.</param>
public readonly record struct EventEntry(
    RedisValue Id,
    RedisValue Type,
    RedisValue ObjectId,
    bool Livemode,
    RedisValue Traceparent,
    DateTimeOffset ReceivedAt,
    RedisValue Body,
    int Attempts = 0)
{
    internal static readonly RedisValue IdField = "id";
    internal static readonly RedisValue TypeField = "type";
    internal static readonly RedisValue ObjectField = "object";
    internal static readonly RedisValue LivemodeField = "livemode";
    internal static readonly RedisValue TraceparentField = "traceparent";
    internal static readonly RedisValue ReceivedAtField = "received_at";
    internal static readonly RedisValue BodyField = "body";
    internal static readonly RedisValue AttemptsField = "attempts";

    /// <summary>The fields as a script takes them.</summary>
    internal RedisValue[] ToFields() =>
    [
        IdField, Id, TypeField, Type, ObjectField, ObjectId, LivemodeField, Livemode, TraceparentField, Traceparent,
        ReceivedAtField, ReceivedAt.ToUnixTimeMilliseconds(), BodyField, Body,
    ];

    /// <summary>Reads an entry; false when a field is missing or not what it should be.</summary>
    public static bool TryRead(StreamEntry stored, out EventEntry entry)
    {
        entry = new EventEntry(
            stored[IdField], stored[TypeField], stored[ObjectField], stored[LivemodeField] == 1, stored[TraceparentField],
            stored[ReceivedAtField].TryParse(out long milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default,
            stored[BodyField],
            stored[AttemptsField].TryParse(out int attempts) ? attempts : 0);
        return !entry.Id.IsNullOrEmpty && !entry.Type.IsNullOrEmpty && !entry.ObjectId.IsNullOrEmpty && !entry.Body.IsNullOrEmpty;
    }
}
