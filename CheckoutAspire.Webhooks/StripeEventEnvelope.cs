using System.Text.Json;

namespace CheckoutAspire.Webhooks;

/// <summary>What a verified body contains.</summary>
internal enum EnvelopeKind
{
    Event,

    /// <summary>An event of a connected account (Stripe Connect), which has an <c>account</c>. Our sessions never belong to one.</summary>
    OfConnectedAccount,

    /// <summary>A v2 event, which references its object and does not contain it.</summary>
    Thin,

    /// <summary>An event without an id, a type or an object id, which cannot be processed.</summary>
    Incomplete,

    /// <summary>
    /// The body is not a JSON object, has a string with an unpaired surrogate, or repeats one of the members below. Two parsers could
    /// read a repeated member differently (<see href="https://www.rfc-editor.org/rfc/rfc8259#section-4"/>).
    /// </summary>
    Unparsable,
}

/// <summary>
/// The few fields of an event that the receiver needs to route it, as slices of the body:
/// <c>{"id":"evt_…","object":"event","type":"checkout.session.completed","livemode":false,"data":{"object":{"id":"cs_…",
/// "metadata":{"traceparent":"00-…"}}}}</c>.
/// </summary>
internal struct StripeEventEnvelope
{
    public ReadOnlyMemory<byte> Id { get; private set; }

    public ReadOnlyMemory<byte> Type { get; private set; }

    public ReadOnlyMemory<byte> ObjectId { get; private set; }

    public ReadOnlyMemory<byte> Traceparent { get; private set; }

    /// <summary>The API version that rendered the event, for example <c>2026-10-28.endive</c>.</summary>
    public ReadOnlyMemory<byte> ApiVersion { get; private set; }

    public bool Livemode { get; private set; }

    private ReadOnlyMemory<byte> Account { get; set; }

    private Members _seen;

    /// <summary>Reads the body to its end in one pass, so that invalid content after a valid prefix is detected.</summary>
    public static EnvelopeKind Read(ReadOnlyMemory<byte> body, out StripeEventEnvelope envelope)
    {
        envelope = default;
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
            {
                return EnvelopeKind.Unparsable;
            }

            var isSnapshot = envelope.ReadEvent(ref reader, body);
            // Throws if anything follows the object.
            reader.Read();
            return !isSnapshot ? EnvelopeKind.Thin
                : !envelope.Account.IsEmpty ? EnvelopeKind.OfConnectedAccount
                : envelope.Id.IsEmpty || envelope.Type.IsEmpty || envelope.ObjectId.IsEmpty ? EnvelopeKind.Incomplete
                : EnvelopeKind.Event;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws an InvalidOperationException for "\ud800", which is valid JSON but not valid text.
            return EnvelopeKind.Unparsable;
        }
    }

    /// <summary>Reads the top-level members. Returns whether the event contains its object (a snapshot event).</summary>
    private bool ReadEvent(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var isThin = false;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                See(Members.Id);
                Id = ReadString(ref reader, body);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                See(Members.Type);
                Type = ReadString(ref reader, body);
            }
            else if (reader.ValueTextEquals("account"u8))
            {
                See(Members.Account);
                Account = ReadString(ref reader, body);
            }
            else if (reader.ValueTextEquals("api_version"u8))
            {
                See(Members.ApiVersion);
                ApiVersion = ReadString(ref reader, body);
            }
            else if (reader.ValueTextEquals("livemode"u8))
            {
                See(Members.Livemode);
                reader.Read();
                Livemode = reader.TokenType is JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                See(Members.ObjectType);
                // "v2.core.event"; a snapshot event has "event".
                isThin = ReadString(ref reader, body).Span.StartsWith("v2."u8);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                See(Members.Data);
                ReadData(ref reader, body);
            }
            else
            {
                reader.Skip();
            }
        }

        return !isThin;
    }

    private void ReadData(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (!EnterObject(ref reader))
        {
            return;
        }

        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("object"u8))
            {
                reader.Skip();
                continue;
            }

            See(Members.Object);
            if (EnterObject(ref reader))
            {
                ReadObject(ref reader, body);
            }
        }
    }

    private void ReadObject(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                See(Members.ObjectId);
                ObjectId = ReadString(ref reader, body);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                See(Members.Metadata);
                ReadMetadata(ref reader, body);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (!EnterObject(ref reader))
        {
            return;
        }

        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("traceparent"u8))
            {
                See(Members.Traceparent);
                Traceparent = ReadString(ref reader, body);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType is JsonTokenType.PropertyName;

    /// <summary>Enters a property's object. A value of any other type is skipped.</summary>
    private static bool EnterObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.StartObject)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    private static ReadOnlyMemory<byte> ReadString(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.String)
        {
            reader.Skip();
            return default;
        }

        if (!reader.ValueIsEscaped)
        {
            return body.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        }

        var unescaped = new byte[reader.ValueSpan.Length];
        return unescaped.AsMemory(0, reader.CopyString(unescaped));
    }

    /// <exception cref="JsonException">The member occurs twice.</exception>
    private void See(Members member)
    {
        if ((_seen & member) != 0)
        {
            throw new JsonException("A member occurs twice.");
        }

        _seen |= member;
    }

    [Flags]
    private enum Members
    {
        Id = 1,
        Type = 1 << 1,
        Account = 1 << 2,
        ApiVersion = 1 << 3,
        Livemode = 1 << 4,
        ObjectType = 1 << 5,
        Data = 1 << 6,
        Object = 1 << 7,
        ObjectId = 1 << 8,
        Metadata = 1 << 9,
        Traceparent = 1 << 10,
    }
}
