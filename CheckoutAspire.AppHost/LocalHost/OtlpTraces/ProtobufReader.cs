using System.Buffers.Binary;
using System.Text;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/): enough of it for OTLP.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wireType;

    /// <summary>The number of the field whose value is next; false at the end of the message.</summary>
    public bool TryReadField(out int field)
    {
        if (_rest.IsEmpty)
        {
            field = 0;
            return false;
        }

        var tag = ReadRawVarint();
        _wireType = (int)(tag & 7);
        field = tag >> 3 is > 0 and <= 0x1FFF_FFFF and var number ? (int)number : throw Malformed();
        return true;
    }

    public ulong ReadVarint() => _wireType == 0 ? ReadRawVarint() : throw Malformed();

    public ulong ReadFixed64() => _wireType == 1 ? BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) : throw Malformed();

    public ReadOnlySpan<byte> ReadBytes()
    {
        if (_wireType != 2)
        {
            throw Malformed();
        }

        var length = ReadRawVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Malformed();
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>The message in this field.</summary>
    public ProtobufReader ReadMessage() => new(ReadBytes());

    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                ReadRawVarint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                ReadBytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Malformed();
        }
    }

    private ulong ReadRawVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Malformed();
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static InvalidDataException Malformed() => new("The message is not well-formed protocol buffers.");
}
