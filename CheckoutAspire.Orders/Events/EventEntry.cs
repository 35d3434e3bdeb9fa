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
    internal static readonly RedisValue EventField = "event";
    internal static readonly RedisValue ReceivedAtField = "received_at";
    internal static readonly RedisValue BodyField = "body";
    internal static readonly RedisValue AttemptsField = "attempts";

    /// <summary>
    /// The fields as XADD takes them. Each field costs Redis and the worker time, so that all but the body are packed into one. An entry that waits for a
    /// retry or is a dead letter has them as fields of their own, which scripts and people read.
    /// </summary>
    internal NameValueEntry[] ToPairs()
    {
        var packed = new MessagePackStrings(capacity: 256);
        Append(ref packed, Id);
        Append(ref packed, Type);
        Append(ref packed, ObjectId);
        packed.Append(Livemode);
        Append(ref packed, Traceparent);
        packed.Append(ReceivedAt.ToUnixTimeMilliseconds());
        Append(ref packed, ApiVersion);
        return [new(EventField, packed.Written), new(BodyField, Body)];

        static void Append(ref MessagePackStrings packed, RedisValue value) => packed.Append(((ReadOnlyMemory<byte>)value).Span);
    }

    /// <summary>Reads an entry, in either form. Returns false if a field is missing or invalid; the others are read nevertheless.</summary>
    public static bool TryRead(StreamEntry stored, out EventEntry entry)
    {
        entry = default;

        // One pass over the fields, comparing bytes: comparing RedisValues first checks whether both are numbers, which is slow.
        foreach (var field in stored.Values ?? [])
        {
            var name = ((ReadOnlyMemory<byte>)field.Name).Span;
            entry = name.SequenceEqual("event"u8) ? entry.Unpack(field.Value)
                : name.SequenceEqual("id"u8) ? entry with { Id = field.Value }
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

    private EventEntry Unpack(ReadOnlyMemory<byte> packed) =>
        MessagePackStrings.TryRead(ref packed, out var id)
        && MessagePackStrings.TryRead(ref packed, out var type)
        && MessagePackStrings.TryRead(ref packed, out var objectId)
        && MessagePackStrings.TryRead(ref packed, out var livemode)
        && MessagePackStrings.TryRead(ref packed, out var traceparent)
        && MessagePackStrings.TryRead(ref packed, out var receivedAt)
        && MessagePackStrings.TryRead(ref packed, out var apiVersion)
            ? this with
            {
                Id = id,
                Type = type,
                ObjectId = objectId,
                Livemode = livemode.Span.SequenceEqual("1"u8),
                Traceparent = traceparent,
                ReceivedAt = ReadTime(receivedAt),
                ApiVersion = apiVersion,
            }
            : this;

    private static DateTimeOffset ReadTime(RedisValue value) =>
        value.TryParse(out long milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
}
