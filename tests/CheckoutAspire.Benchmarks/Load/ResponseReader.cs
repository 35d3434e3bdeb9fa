using System.Buffers.Text;
using System.Text;

namespace CheckoutAspire.Benchmarks.Load;

/// <summary>Reads as much of HTTP as a webhook's answer has: <c>HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n</c>.</summary>
internal static class ResponseReader
{
    /// <summary>The status of a complete response; null while some of it is missing.</summary>
    /// <exception cref="InvalidDataException">The response is not one that this class can read.</exception>
    public static int? StatusOf(ReadOnlySpan<byte> response)
    {
        var end = response.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var head = response[..end];
        if (!Utf8Parser.TryParse(head["HTTP/1.1 "u8.Length..], out int status, out _)
            || FindLength(head) is not { } length)
        {
            throw new InvalidDataException("Not an answer this load understands: " + Encoding.ASCII.GetString(head));
        }

        return response.Length >= end + 4 + length ? status : null;
    }

    private static int? FindLength(ReadOnlySpan<byte> head)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (line.Length > 16
                && Ascii.EqualsIgnoreCase(line[..15], "content-length:"u8)
                && Utf8Parser.TryParse(line[16..], out int length, out _))
            {
                return length;
            }
        }

        return null;
    }
}
