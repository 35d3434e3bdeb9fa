using System.Globalization;
using System.Text;

namespace CheckoutAspire.Faults.Tests.Hostile;

/// <summary>Texts, JSON and forms that a program may not expect, from a seeded generator.</summary>
internal sealed class HostileText(Random random)
{
    private static readonly string[] s_words =
    [
        "", " ", "null", "true", "0", "-1", "1e999", "NaN", "9223372036854775808", "00", "0x10", "1.5", "[object Object]", "__proto__", "$where",
        "../../etc/passwd", "..\\..\\", "%00", "%2e%2e%2f", "%zz", "{{7*7}}", "${jndi:ldap://x}", "' OR 1=1 --", "<script>alert(1)</script>", "cs_test_",
        "cs_test_a", "cs_live_a", "evt_1", "acct_1", "whsec_x", "2026-99-99T99:99:99Z", "\u202e", "\u0000", "\ufeff", "\u2028", "\ufdfd", "e\u0301\u0301\u0301",
        "\ud83d\ude00", "co:{p0}:order:cs_test_a", "*", "\t\v\f",
    ];

    /// <summary>A word, or a random text of up to a few thousand characters.</summary>
    public string Word() => random.Next(10) switch
    {
        0 => new string((char)random.Next(32, 0x2fff), random.Next(1, 4000)),
        1 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        2 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0x10ff))),
        _ => Any(s_words),
    };

    public T Any<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>A JSON value with members of these names and others; its strings may have halves of surrogates.</summary>
    public string Json(IReadOnlyList<string> names, int depth = 0)
    {
        switch (random.Next(depth > 3 ? 6 : 9))
        {
            case 0:
                return Any<string>(["null", "true", "false", "{}", "[]"]);
            case 1:
                return Any<string>(["0", "-1", "1e5", "1E400", "-0.0", "99999999999999999999999999", "1.7976931348623157e309", "123456789012345678"]);
            case 2:
                return "\"" + Any<string>(["\\ud800", "\\u0000", "\\udc00\\ud800", "\\uFFFF", "\\\"", "\\n\\r"]) + "\"";
            case 3 or 4 or 5:
                return System.Text.Json.JsonSerializer.Serialize(Word());
            case 6:
                return "[" + string.Join(',', Enumerable.Range(0, random.Next(5)).Select(_ => Json(names, depth + 1))) + "]";
            default:
                // A name may occur twice.
                return "{" + string.Join(',', Enumerable.Range(0, random.Next(7)).Select(_ =>
                    $"{System.Text.Json.JsonSerializer.Serialize(random.Next(4) == 0 ? Word() : Any(names))}:{Json(names, depth + 1)}")) + "}";
        }
    }

    /// <summary>A form with bracketed names, as Stripe's API takes them.</summary>
    public string Form(IReadOnlyList<string> names) => string.Join('&', Enumerable.Range(0, random.Next(1, 12)).Select(_ =>
    {
        var brackets = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => $"[{Any<string>([.. names, "0", "1", "-1", "99999999999", "", "[", "]"])}]"));
        return $"{Any(names)}{brackets}={(random.Next(3) == 0 ? Word() : Uri.EscapeDataString(Word()))}";
    }));

    /// <summary>The bytes of a text, sometimes damaged: cut, changed, or in another encoding.</summary>
    public byte[] Damaged(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        switch (random.Next(8))
        {
            case 0:
                return bytes[..random.Next(bytes.Length + 1)];
            case 1 when bytes.Length > 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 2:
                return [.. bytes, 0xc3, 0x28, 0xff, 0xfe];
            case 3:
                return [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)];
            case 4:
                return [.. Encoding.UTF8.GetPreamble(), .. bytes];
            default:
                return bytes;
        }
    }

    /// <summary>JSON that is nested deeper than any parser should follow.</summary>
    public string Nested()
    {
        var depth = random.Next(50, 100_000);
        return random.Next(2) == 0
            ? new string('[', depth) + new string(']', random.Next(2) * depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", Math.Min(depth, 20_000)));
    }
}
