using System.Text.Json;
using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.Webhooks;

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
            var scanner = new JsonScanner(body.Span);
            if (!scanner.TryEnterObject())
            {
                return EnvelopeKind.Unparsable;
            }

            var isSnapshot = envelope.ReadEvent(ref scanner, body);
            scanner.ReadEnd();
            return !isSnapshot ? EnvelopeKind.Thin
                : !envelope.Account.IsEmpty ? EnvelopeKind.OfConnectedAccount
                : envelope.Id.IsEmpty || envelope.Type.IsEmpty || envelope.ObjectId.IsEmpty ? EnvelopeKind.Incomplete
                : EnvelopeKind.Event;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The runtime throws an InvalidOperationException for "\ud800", which is valid JSON but not valid text.
            return EnvelopeKind.Unparsable;
        }
    }

    /// <summary>Reads the top-level members. Returns whether the event contains its object (a snapshot event).</summary>
    private bool ReadEvent(ref JsonScanner scanner, ReadOnlyMemory<byte> body)
    {
        var isThin = false;
        while (scanner.TryReadName(out var name))
        {
            if (Is(name, "id"u8))
            {
                See(Members.Id);
                Id = ReadString(ref scanner, body);
            }
            else if (Is(name, "type"u8))
            {
                See(Members.Type);
                Type = ReadString(ref scanner, body);
            }
            else if (Is(name, "account"u8))
            {
                See(Members.Account);
                Account = ReadString(ref scanner, body);
            }
            else if (Is(name, "api_version"u8))
            {
                See(Members.ApiVersion);
                ApiVersion = ReadString(ref scanner, body);
            }
            else if (Is(name, "livemode"u8))
            {
                See(Members.Livemode);
                Livemode = scanner.ReadValue().SequenceEqual("true"u8);
            }
            else if (Is(name, "object"u8))
            {
                See(Members.ObjectType);
                // "v2.core.event"; a snapshot event has "event".
                isThin = ReadString(ref scanner, body).Span.StartsWith("v2."u8);
            }
            else if (Is(name, "data"u8))
            {
                See(Members.Data);
                ReadData(ref scanner, body);
            }
            else
            {
                scanner.ReadValue();
            }
        }

        return !isThin;
    }

    private void ReadData(ref JsonScanner scanner, ReadOnlyMemory<byte> body)
    {
        if (!EnterObject(ref scanner))
        {
            return;
        }

        while (scanner.TryReadName(out var name))
        {
            if (!Is(name, "object"u8))
            {
                scanner.ReadValue();
                continue;
            }

            See(Members.Object);
            if (EnterObject(ref scanner))
            {
                ReadObject(ref scanner, body);
            }
        }
    }

    private void ReadObject(ref JsonScanner scanner, ReadOnlyMemory<byte> body)
    {
        while (scanner.TryReadName(out var name))
        {
            if (Is(name, "id"u8))
            {
                See(Members.ObjectId);
                ObjectId = ReadString(ref scanner, body);
            }
            else if (Is(name, "metadata"u8))
            {
                See(Members.Metadata);
                ReadMetadata(ref scanner, body);
            }
            else
            {
                scanner.ReadValue();
            }
        }
    }

    private void ReadMetadata(ref JsonScanner scanner, ReadOnlyMemory<byte> body)
    {
        if (!EnterObject(ref scanner))
        {
            return;
        }

        while (scanner.TryReadName(out var name))
        {
            if (Is(name, "traceparent"u8))
            {
                See(Members.Traceparent);
                Traceparent = ReadString(ref scanner, body);
            }
            else
            {
                scanner.ReadValue();
            }
        }
    }

    /// <summary>Enters a member's object. A value of any other type is skipped.</summary>
    private static bool EnterObject(ref JsonScanner scanner)
    {
        if (scanner.TryEnterObject())
        {
            return true;
        }

        scanner.ReadValue();
        return false;
    }

    private static ReadOnlyMemory<byte> ReadString(ref JsonScanner scanner, ReadOnlyMemory<byte> body)
    {
        var begin = scanner.Position + 1;
        if (!scanner.TryReadString(out var text))
        {
            scanner.ReadValue();
            return default;
        }

        if (!text.IsEscaped)
        {
            return body.Slice(begin, text.Bytes.Length);
        }

        var unescaped = new byte[text.Bytes.Length];
        return unescaped.AsMemory(0, Decode(text).CopyString(unescaped));
    }

    private static bool Is(JsonText name, ReadOnlySpan<byte> expected) =>
        name.IsEscaped ? Decode(name).ValueTextEquals(expected) : name.Bytes.SequenceEqual(expected);

    /// <summary>Opens the runtime's reader for one string, because it decodes escapes.</summary>
    private static Utf8JsonReader Decode(JsonText text)
    {
        var reader = new Utf8JsonReader(text.Token);
        reader.Read();
        return reader;
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
