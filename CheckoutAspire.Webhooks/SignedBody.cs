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

    private readonly int _end;
    private byte[]? _buffer;

    private SignedBody(in ReadOnlySequence<byte> body)
    {
        _end = Room + (int)body.Length;
        _buffer = ArrayPool<byte>.Shared.Rent(_end);
        body.CopyTo(_buffer.AsSpan(Room));
    }

    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(Room, _end - Room);

    /// <summary>Reads the whole body: from the server's own buffers, in which it mostly has arrived with the headers.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, too slow or cut short; the exception has the status.</exception>
    public static async ValueTask<SignedBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.IsCompleted)
            {
                var body = new SignedBody(result.Buffer);
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
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
}
