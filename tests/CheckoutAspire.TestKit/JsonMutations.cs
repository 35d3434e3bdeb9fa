using System.Text;

namespace CheckoutAspire.TestKit;

/// <summary>Generates JSON, and changes it a little so that it may not be JSON any more. The same seed gives the same texts.</summary>
public sealed class JsonMutations(int seed)
{
    /// <summary>Values, and things that are almost values.</summary>
    private static readonly string[] s_values =
    [
        "null", "true", "false", "nul", "True", "truex", "0", "-0", "01", "-", "-01", "+1", "1.", ".5", "1.5", "1e", "1e5", "1E+05", "1e+", "1.e5", "0x1", "1_0", "NaN",
        "-Infinity", "9223372036854775807", "9223372036854775808", "123456789012345678", "1234567890123456789", "-1", "1.0", "1e2", "[]", "{}", "[[]]", "[1,]", "{\"a\":1,}", "[,1]",
        "{\"a\"}", "{\"a\":}", "{a:1}", "{1:1}", "[1 2]", "{\"a\":1 \"b\":2}", "{\"a\":{\"a\":[{\"b\":[]}]}}", "[{\"a\":1,\"a\":2}]", "[{\"a\":1}]", "{\"enabled\":true}",
        "{\"enabled\":null}", "{\"enabled\":true,\"enabled\":false}", "\"\"", "\"x\"", "\"ü\"", "\"😀\"", "\"paid\"", "\"a\\nb\"", "\"\\u00e4\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\x\"", "\"\\ud83d\\ude00\"",
        "\"\\ud800\"", "\"\\udc00 \"", "\"a\tb\"", "\"a\nb\"", "\"a\0b\"", "\"a\u007fb\"", "\"", "'x'", "\"1\"", "\"\\\"", "// x\n1", "/* x */ 1", "1 // x", "",
    ];

    private static readonly string[] s_insertions =
    [
        " ", "\n", "\r\n      ", "\t", "\v", "\f", "\0", "\u00a0", "\ufeff", ",", ":", "\"", "\\", "\\u0069", "\\ud800", "\\udc00", "{", "}", "[", "]", "/", "//", "/**/", "#", "1", "e", ".", "-",
        "x", "é", "\"a\":1,", ",\"a\":1", "\"id\":\"x\",", "\"$id\":1,", "\"$type\":\"x\",", "\"\":0,", "\"\\u0069d\":1,", "\"Id\":1,", "\"data\":null,", "\"object\":null,", "\"created\":1,",
        "\"metadata\":{\"a\":\"1\"},", "\"metadata\":{\"a\":\"1\",\"a\":\"2\"},", "\"currency\":\"eur\",",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The text with one to three changes.</summary>
    public byte[] Mutate(byte[] json)
    {
        var changes = _random.Next(1, 4);
        for (var change = 0; change < changes && json.Length > 0; change++)
        {
            json = Change(json);
        }

        return json;
    }

    /// <summary>A document, mostly valid, of any type.</summary>
    public byte[] Generate()
    {
        var text = new StringBuilder();
        Append(text, depth: 0);
        return [.. Space(), .. Encoding.UTF8.GetBytes(text.ToString()), .. Space()];
    }

    /// <summary>Objects and arrays in one another, around the deepest nesting that a parser accepts.</summary>
    public byte[] Nest(int depth)
    {
        var (opening, closing) = (new StringBuilder(), new StringBuilder());
        for (var level = 0; level < depth; level++)
        {
            var isObject = _random.Next(2) == 0;
            opening.Append(isObject ? "{\"a\":" : "[");
            closing.Insert(0, isObject ? '}' : ']');
        }

        return Encoding.UTF8.GetBytes($"{opening}{(_random.Next(2) == 0 ? "1" : "{}")}{closing}");
    }

    private byte[] Change(byte[] json)
    {
        var at = _random.Next(json.Length);
        var length = Math.Min(json.Length - at, _random.Next(1, 20));
        switch (_random.Next(10))
        {
            case 0:
                return json[..at];
            case 1:
                return [.. json[..at], .. json[(at + length)..]];
            case 2:
                return [.. json[..(at + length)], .. json[at..]];
            case 3:
                return [.. json[..at], (byte)_random.Next(256), .. json[(at + 1)..]];
            case 4:
                return [.. json[..at], (byte)(json[at] ^ (1 << _random.Next(8))), .. json[(at + 1)..]];
            case 5:
                return [.. json[..at], .. Pick(s_insertions), .. json[at..]];
            case 6:
                return AfterByte(json, at, "\n{,"u8, Pick(s_insertions));
            case 7:
                return [.. json, .. Pick(s_insertions)];
            case 8:
                return CopyLine(json, at);
            default:
                return ReplaceValue(json, at);
        }
    }

    /// <summary>Repeats a line elsewhere, which repeats a member or adds one.</summary>
    private byte[] CopyLine(byte[] json, int at)
    {
        var begin = json.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var end = json.AsSpan(at).IndexOf((byte)'\n') is >= 0 and var more ? at + more + 1 : json.Length;
        return AfterByte(json, _random.Next(4) == 0 ? _random.Next(json.Length) : begin, "\n"u8, json[begin..end]);
    }

    /// <summary>Replaces what follows a colon, up to the next comma or line end.</summary>
    private byte[] ReplaceValue(byte[] json, int at)
    {
        var colon = json.AsSpan(at).IndexOf((byte)':');
        if (colon < 0)
        {
            return Pick(s_values);
        }

        var begin = at + colon + 1;
        var end = json.AsSpan(begin).IndexOfAny(",\n}"u8) is >= 0 and var more ? begin + more : json.Length;
        return [.. json[..begin], .. Pick(s_values), .. json[end..]];
    }

    private static byte[] AfterByte(byte[] json, int at, ReadOnlySpan<byte> bytes, byte[] inserted)
    {
        var after = json.AsSpan(at).IndexOfAny(bytes) + 1;
        return [.. json[..(at + after)], .. inserted, .. json[(at + after)..]];
    }

    private void Append(StringBuilder text, int depth)
    {
        var kind = depth > 5 ? 0 : _random.Next(4);
        var members = _random.Next(5);
        switch (kind)
        {
            case 0 or 1:
                text.Append(s_values[_random.Next(s_values.Length)]);
                return;
            case 2:
                text.Append('[');
                break;
            default:
                text.Append('{');
                break;
        }

        for (var member = 0; member < members; member++)
        {
            text.Append(member > 0 ? "," : "").Append(Encoding.UTF8.GetString(Space()));
            text.Append(kind == 3 ? $"\"{(char)('a' + _random.Next(3))}\":" : "");
            Append(text, depth + 1);
        }

        text.Append(Encoding.UTF8.GetString(Space())).Append(kind == 3 ? '}' : ']');
    }

    private byte[] Space() => _random.Next(4) switch
    {
        0 => [],
        1 => (byte[])[(byte)'\n', .. Enumerable.Repeat((byte)' ', _random.Next(40))],
        2 => (byte[])[.. Enumerable.Repeat((byte)' ', _random.Next(20))],
        _ => "\r\n\t "u8.ToArray(),
    };

    private byte[] Pick(string[] texts) => Encoding.UTF8.GetBytes(texts[_random.Next(texts.Length)]);
}
