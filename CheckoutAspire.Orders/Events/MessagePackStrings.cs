using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CheckoutAspire.Orders.Events;

/// <summary>
/// Writes and reads strings one after the other as MessagePack (<see href="https://github.com/msgpack/msgpack/blob/master/spec.md"/>), which a script
/// unpacks with <c>cmsgpack.unpack</c>. Numbers are written as digits, the form in which Redis stores them.
/// </summary>
internal struct MessagePackStrings(int capacity)
{
    private const int MaxHeadLength = 5;
    private const int MaxDigits = 20;

    private byte[] _bytes = new byte[capacity];
    private int _length = 0;

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Appends <c>1</c> or <c>0</c>.</summary>
    public void Append(bool value) => Append(value ? 1 : 0);

    /// <summary>Appends a number as its digits.</summary>
    public void Append(long value)
    {
        Reserve(1 + MaxDigits);
        value.TryFormat(_bytes.AsSpan(_length + 1), out var written, default, CultureInfo.InvariantCulture);
        _bytes[_length] = (byte)(0xa0 | written);
        _length += 1 + written;
    }

    /// <summary>Appends a string as UTF-8.</summary>
    public void Append(string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        AppendHead(size);
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    /// <summary>Appends a string of bytes.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        AppendHead(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>Reads the first string, and moves on to the next one. Returns false if the bytes do not begin with a complete string.</summary>
    /// <param name="bytes">What was written; afterwards, what follows the string.</param>
    /// <param name="value">The string as UTF-8.</param>
    public static bool TryRead(ref ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> value)
    {
        var span = bytes.Span;
        var (head, size) = span switch
        {
            [>= 0xa0 and < 0xc0, ..] => (1, span[0] & 0x1f),
            [0xd9, var length, ..] => (2, length),
            [0xdb, _, _, _, _, ..] => (MaxHeadLength, BinaryPrimitives.ReadInt32BigEndian(span[1..])),
            _ => (0, -1),
        };
        if (size < 0 || size > span.Length - head)
        {
            value = default;
            return false;
        }

        value = bytes.Slice(head, size);
        bytes = bytes[(head + size)..];
        return true;
    }

    private void AppendHead(int size)
    {
        Reserve(MaxHeadLength + size);
        var head = _bytes.AsSpan(_length);
        switch (size)
        {
            case < 32:
                head[0] = (byte)(0xa0 | size);
                _length += 1;
                break;
            case <= byte.MaxValue:
                (head[0], head[1]) = (0xd9, (byte)size);
                _length += 2;
                break;
            default:
                head[0] = 0xdb;
                BinaryPrimitives.WriteInt32BigEndian(head[1..], size);
                _length += MaxHeadLength;
                break;
        }
    }

    private void Reserve(int size)
    {
        if (_length + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
        }
    }
}
