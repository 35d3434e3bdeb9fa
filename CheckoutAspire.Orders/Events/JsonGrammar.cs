using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace CheckoutAspire.Orders.Events;

/// <summary>
/// Finds where a token or a value ends in JSON text, and checks it on the way (<see href="https://www.rfc-editor.org/rfc/rfc8259"/>). Each method takes
/// the position at which its subject begins and returns the position after it.
/// </summary>
internal static class JsonGrammar
{
    /// <summary>How deep objects and arrays may be nested: as deep as <see cref="Utf8JsonReader"/> allows by default.</summary>
    public const int MaxDepth = 64;

    /// <summary>The byte at a position. Past the end it is NUL, which is no token's first byte.</summary>
    public static byte ByteAt(ReadOnlySpan<byte> json, int at) => (uint)at < (uint)json.Length ? json[at] : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipWhiteSpace(ReadOnlySpan<byte> json, int at) =>
        (uint)at < (uint)json.Length && json[at] > ' ' ? at : SkipIndentation(json, at);

    /// <summary>Skips a value of any type, given the number of objects and arrays around it.</summary>
    public static int SkipValue(ReadOnlySpan<byte> json, int at, int depth) =>
        ByteAt(json, at) is (byte)'{' or (byte)'[' ? SkipContainer(json, at, depth) : SkipScalar(json, at);

    /// <summary>Skips a member's name and the colon after it.</summary>
    public static int SkipName(ReadOnlySpan<byte> json, int at) => SkipColon(json, SkipString(json, at, out _));

    /// <summary>Skips the colon after a member's name, up to the member's value.</summary>
    public static int SkipColon(ReadOnlySpan<byte> json, int at)
    {
        at = SkipWhiteSpace(json, at);
        return ByteAt(json, at) == ':' ? SkipWhiteSpace(json, at + 1) : throw Invalid(at);
    }

    /// <summary>Skips a string. Its bytes need not be valid UTF-8, and its escapes need not be pairs of surrogates: it is not text until it is decoded.</summary>
    public static int SkipString(ReadOnlySpan<byte> json, int at, out bool isEscaped)
    {
        if (ByteAt(json, at) != '"')
        {
            throw Invalid(at);
        }

        isEscaped = false;
        at++;
        while (true)
        {
            at = SkipPlainText(json, at);
            switch (ByteAt(json, at))
            {
                case (byte)'"':
                    return at + 1;
                case (byte)'\\':
                    isEscaped = true;
                    at = SkipEscape(json, at + 1);
                    break;
                default:
                    throw Invalid(at);
            }
        }
    }

    public static JsonException Invalid(int at) => new($"The text is not valid JSON at byte {at}.");

    /// <summary>Nested values are counted and not visited by recursion.</summary>
    private static int SkipContainer(ReadOnlySpan<byte> json, int at, int depth)
    {
        var outside = depth;
        // The lowest bit is whether the innermost container is an object.
        var objects = 0UL;
        while (true)
        {
            var first = ByteAt(json, at);
            if (first is (byte)'{' or (byte)'[')
            {
                if (depth == MaxDepth)
                {
                    throw Invalid(at);
                }

                depth++;
                objects = (objects << 1) | (first == '{' ? 1UL : 0);
                at = SkipWhiteSpace(json, at + 1);
                if (ByteAt(json, at) != Closing(objects))
                {
                    at = IsObject(objects) ? SkipName(json, at) : at;
                    continue;
                }
            }
            else
            {
                at = SkipWhiteSpace(json, SkipScalar(json, at));
            }

            while (ByteAt(json, at) == Closing(objects))
            {
                at++;
                depth--;
                objects >>= 1;
                if (depth == outside)
                {
                    return at;
                }

                at = SkipWhiteSpace(json, at);
            }

            at = ByteAt(json, at) == ',' ? SkipWhiteSpace(json, at + 1) : throw Invalid(at);
            at = IsObject(objects) ? SkipName(json, at) : at;
        }
    }

    private static bool IsObject(ulong objects) => (objects & 1) != 0;

    private static byte Closing(ulong objects) => IsObject(objects) ? (byte)'}' : (byte)']';

    private static int SkipScalar(ReadOnlySpan<byte> json, int at) => ByteAt(json, at) switch
    {
        (byte)'"' => SkipString(json, at, out _),
        (byte)'n' => SkipLiteral(json, at, "null"u8),
        (byte)'t' => SkipLiteral(json, at, "true"u8),
        (byte)'f' => SkipLiteral(json, at, "false"u8),
        _ => SkipNumber(json, at),
    };

    private static int SkipLiteral(ReadOnlySpan<byte> json, int at, ReadOnlySpan<byte> literal) =>
        json[at..].StartsWith(literal) ? at + literal.Length : throw Invalid(at);

    /// <summary>A number such as <c>-12.5e+3</c>. A digit after a leading zero is left over, and no token begins with it there.</summary>
    private static int SkipNumber(ReadOnlySpan<byte> json, int at)
    {
        if (ByteAt(json, at) == '-')
        {
            at++;
        }

        at = ByteAt(json, at) == '0' ? at + 1 : SkipDigits(json, at);
        if (ByteAt(json, at) == '.')
        {
            at = SkipDigits(json, at + 1);
        }

        if (ByteAt(json, at) is (byte)'e' or (byte)'E')
        {
            at++;
            at = SkipDigits(json, ByteAt(json, at) is (byte)'+' or (byte)'-' ? at + 1 : at);
        }

        return at;
    }

    /// <summary>Skips one digit or more.</summary>
    private static int SkipDigits(ReadOnlySpan<byte> json, int at)
    {
        var begin = at;
        while (char.IsAsciiDigit((char)ByteAt(json, at)))
        {
            at++;
        }

        return at > begin ? at : throw Invalid(at);
    }

    /// <summary>Skips the rest of an escape such as <c>\n</c> or <c>\u00e4</c>.</summary>
    private static int SkipEscape(ReadOnlySpan<byte> json, int at)
    {
        switch (ByteAt(json, at))
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 1;
            case (byte)'u':
                for (var digit = 1; digit <= 4; digit++)
                {
                    if (!char.IsAsciiHexDigit((char)ByteAt(json, at + digit)))
                    {
                        throw Invalid(at + digit);
                    }
                }

                return at + 5;
            default:
                throw Invalid(at);
        }
    }

    /// <summary>Skips to a quotation mark, a backslash, a control character or the end. Most strings of an event end within 32 bytes.</summary>
    private static int SkipPlainText(ReadOnlySpan<byte> json, int at)
    {
        for (; json.Length - at >= Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(json.Slice(at, Vector128<byte>.Count));
            var ends = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes, Vector128.Create((byte)' '));
            if (ends != Vector128<byte>.Zero)
            {
                return at + BitOperations.TrailingZeroCount(ends.ExtractMostSignificantBits());
            }
        }

        while ((uint)at < (uint)json.Length && json[at] is >= (byte)' ' and not ((byte)'"' or (byte)'\\'))
        {
            at++;
        }

        return at;
    }

    /// <summary>Stripe puts each member on a line of its own, indented by spaces.</summary>
    private static int SkipIndentation(ReadOnlySpan<byte> json, int at)
    {
        if (ByteAt(json, at) == '\n' && json.Length - at > Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(json.Slice(at + 1, Vector128<byte>.Count));
            var others = (~Vector128.Equals(bytes, Vector128.Create((byte)' '))).ExtractMostSignificantBits();
            at += 1 + Math.Min(BitOperations.TrailingZeroCount(others), Vector128<byte>.Count);
        }

        while ((uint)at < (uint)json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }
}
