using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// A request's raw bytes in a pooled buffer, with space for the timestamp in front of the body. Stripe signs
/// <c>1763884800.{body}</c>, so the signed payload is one span and computing its HMAC takes one call.
/// </summary>
internal sealed class SignedBody : IDisposable
{
    /// <summary>Stripe's events are far smaller. Kestrel rejects larger bodies with 413.</summary>
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

    /// <summary>Reads the whole body from Kestrel's own buffers. It has usually arrived together with the headers.</summary>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow or cut short. The exception has the status code.</exception>
    public static async ValueTask<SignedBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        try
        {
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
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // Kestrel throws a plain one for a chunk whose size is too large for a number.
            throw new BadHttpRequestException("The body is unreadable.", exception);
        }
    }

    /// <summary>Returns the signed payload: the timestamp exactly as sent in the header, a dot, and the body.</summary>
    /// <param name="timestamp">At most 31 digits.</param>
    public ReadOnlySpan<byte> SignedPayload(ReadOnlySpan<char> timestamp)
    {
        var start = Room - timestamp.Length - 1;
        Encoding.ASCII.GetBytes(timestamp, _buffer.AsSpan(start));
        _buffer![Room - 1] = (byte)'.';
        return _buffer.AsSpan(start, _end - start);
    }

    /// <summary>
    /// Leaves the buffer to the garbage collector instead of returning it to the pool. A Redis command that timed out may still be
    /// queued in the client and sent later, and it must then send these bytes, not those of another request.
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
