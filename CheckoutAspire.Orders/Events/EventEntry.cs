using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>One entry of the events stream: a verified Stripe event with its raw bytes.</summary>
/// <param name="Id">Stripe's event id, <c>evt_…</c>.</param>
/// <param name="Type">Stripe's event type.</param>
/// <param name="ObjectId">The id of <c>data.object</c>: for checkout events the session.</param>
/// <param name="Livemode">Whether real money moved.</param>
/// <param name="Traceparent">W3C context of the span that put the entry here, or empty.</param>
/// <param name="ReceivedAt">When the receiver read it.</param>
/// <param name="Body">The event's bytes as Stripe signed them.</param>
/// <param name="Attempts">The number of failed attempts.</param>
/// <param name="ApiVersion">The API version that rendered the event, or empty.</param>
public readonly record struct EventEntry(
    RedisValue Id,
    RedisValue Type,
    RedisValue ObjectId,
    bool Livemode,
    RedisValue Traceparent,
    DateTimeOffset ReceivedAt,
    RedisValue Body,
    int Attempts = 0,
    RedisValue ApiVersion = default)
{
    internal static readonly RedisValue IdField = "id";
    internal static readonly RedisValue TypeField = "type";
    internal static readonly RedisValue ObjectField = "object";
    internal static readonly RedisValue LivemodeField = "livemode";
    internal static readonly RedisValue TraceparentField = "traceparent";
    internal static readonly RedisValue ReceivedAtField = "received_at";
    internal static readonly RedisValue BodyField = "body";
    internal static readonly RedisValue AttemptsField = "attempts";
    internal static readonly RedisValue ApiVersionField = "api_version";

    /// <summary>The fields as XADD takes them.</summary>
    internal NameValueEntry[] ToPairs() =>
    [
        new(IdField, Id), new(TypeField, Type), new(ObjectField, ObjectId), new(LivemodeField, Livemode), new(TraceparentField, Traceparent),
        new(ReceivedAtField, ReceivedAt.ToUnixTimeMilliseconds()), new(BodyField, Body),
        .. ApiVersion.IsNullOrEmpty ? (ReadOnlySpan<NameValueEntry>)[] : [new(ApiVersionField, ApiVersion)],
    ];

    /// <summary>Reads an entry. Returns false if a field is missing or invalid.</summary>
    public static bool TryRead(StreamEntry stored, out EventEntry entry)
    {
        entry = default;

        // One pass over the fields, comparing bytes: comparing RedisValues first checks whether both are numbers, which is slow.
        foreach (var field in stored.Values ?? [])
        {
            var name = ((ReadOnlyMemory<byte>)field.Name).Span;
            entry = name.SequenceEqual("id"u8) ? entry with { Id = field.Value }
                : name.SequenceEqual("type"u8) ? entry with { Type = field.Value }
                : name.SequenceEqual("object"u8) ? entry with { ObjectId = field.Value }
                : name.SequenceEqual("livemode"u8) ? entry with { Livemode = field.Value == 1 }
                : name.SequenceEqual("traceparent"u8) ? entry with { Traceparent = field.Value }
                : name.SequenceEqual("received_at"u8) ? entry with { ReceivedAt = ReadTime(field.Value) }
                : name.SequenceEqual("body"u8) ? entry with { Body = field.Value }
                : name.SequenceEqual("api_version"u8) ? entry with { ApiVersion = field.Value }
                : name.SequenceEqual("attempts"u8) ? entry with { Attempts = field.Value.TryParse(out int attempts) ? attempts : 0 }
                : entry;
        }

        return !entry.Id.IsNullOrEmpty && !entry.Type.IsNullOrEmpty && !entry.ObjectId.IsNullOrEmpty && !entry.Body.IsNullOrEmpty;
    }

    private static DateTimeOffset ReadTime(RedisValue value) =>
        value.TryParse(out long milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
}
