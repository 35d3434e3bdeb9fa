using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// Writes strings one after the other as MessagePack (<see href="https://github.com/msgpack/msgpack/blob/master/spec.md"/>), which a script
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

        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    private void Reserve(int size)
    {
        if (_length + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
        }
    }
}
