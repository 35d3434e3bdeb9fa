using System.Buffers;
using System.Text;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// A request's raw bytes in a pooled buffer, with room in front for the timestamp: Stripe signs <c>1763884800.{body}</c>,
/// so the signed payload is one span and its HMAC one call.
/// </summary>
internal sealed class SignedBody : IDisposable
{
    /// <summary>Stripe's events are far smaller; what is larger is answered 413 by Kestrel.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int Room = 32;
    private const int UnknownLength = 8 * 1024;

    private byte[]? _buffer;
    private int _end = Room;

    private SignedBody(int length) => _buffer = ArrayPool<byte>.Shared.Rent(Room + length + 1);

    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(Room, _end - Room);

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, too slow or cut short; the exception has the status.</exception>
    public static async ValueTask<SignedBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new SignedBody((int)Math.Min(request.ContentLength ?? UnknownLength, MaxBytes));
        try
        {
            while (true)
            {
                var read = await request.Body.ReadAsync(body._buffer.AsMemory(body._end), cancellationToken);
                if (read == 0)
                {
                    return body;
                }

                body._end += read;
                if (body._end == body._buffer!.Length)
                {
                    body.Grow();
                }
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>What is signed: the timestamp as it stands in the header, a dot, the body.</summary>
    /// <param name="timestamp">Digits; at most 31.</param>
    public ReadOnlySpan<byte> SignedPayload(ReadOnlySpan<char> timestamp)
    {
        var start = Room - timestamp.Length - 1;
        Encoding.ASCII.GetBytes(timestamp, _buffer.AsSpan(start));
        _buffer![Room - 1] = (byte)'.';
        return _buffer.AsSpan(start, _end - start);
    }

    /// <summary>
    /// Leaves the buffer to the garbage collector: a command that timed out may still be in the Redis client's queue and be
    /// sent later, and must then send these bytes, not those of another request.
    /// </summary>
    public void Abandon() => _buffer = null;

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer!.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
