using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Texts that hide something, mislead their reader or imitate another text: those of <c>Cases/texts.jsonl</c>, and generated ones of the same kinds.</summary>
internal static class HostileTexts
{
    private static readonly int[] s_invisible =
    [
        0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180E, 0x180F, 0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060,
        0x2061, 0x2062, 0x2063, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206A, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE01, 0xFE0E, 0xFEFF, 0xFFA0, 0xFFF9,
        0xFFFB, 0xFFFC, 0x13441, 0x16FE4, 0x1BCA0, 0x1D159, 0x1D173, 0x1D17A, 0xE0001, 0xE0041, 0xE007F, 0xE0080, 0xE0100, 0xE01EF, 0xE0FFF,
    ];

    private static readonly int[] s_control = [0x00, 0x01, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0x2028, 0x2029];

    private static readonly int[] s_unassigned = [0x0378, 0x0FFF, 0x2FE0, 0xE000, 0xF8FF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x2FFFF, 0xF0000, 0xFFFFD, 0x100000, 0x10FFFD];

    private static readonly string[] s_blank = ["  ", "\u00A0", "\u2003\u2003", "\u3000", "\u1160", "\u0301", "\u200D", "\uFE0F"];

    private static readonly string[] s_marks = ["\u0301", "\u0336", "\u0489", "\u20DD", "\u0E4A", "\u0653", "\u0302\u0303"];

    private static readonly string[] s_mixed =
    [
        "Pаypal", "pаypаl gift", "Gооgle", "Αpple card", "Amazοn", "Micrоsoft key", "Visа", "сard", "Ꭺpple", "ꓮpple", "раурal", "Оffice", "NᎬw", "ΝΕΤflix", "Ⲟpen", "aԛua",
        "ѕafe", "Gold ԁust", "Иike", "Тesla",
    ];

    private static readonly string[] s_links =
    [
        "https://evil.example", "HTTP://EVIL", "ftp://x", "javascript://x", "javascript:alert(1)", "mailto:a", "tel:123", "www.evil", "pay at evil.com", "evil.zip", "evil.museum/a",
        "evil.xn--p1ai", "xn--80ak6aa92e.com", "пример.рф", "例え.テスト", "evil。com", "EVIL。COM", "pay at Evil。Com/now", "evil．com", "evil｡com", "evil․com", "ｅｖｉｌ.com", "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "ⓔⓥⓘⓛ.com", "a@b.de", "a＠b.de", "a﹫b.de",
        "ada@evil.example now", "https：//evil", "192.168.0.1/pay", "10.0.0.1:8080", "evil.co.uk", "sub.evil.shop", "shop.example-pay.support", "EVIL.COM", "Evil.Com/pay", "bit.ly/3xYz",
        "t.co/abc", "evil.app?x", "go to evil.io.", "(evil.dev)", "evil-shop.store", "evil_shop.store", "xn--evil.x1",
    ];

    /// <summary>Every text, each with what is wrong with it.</summary>
    public static IReadOnlyList<(string Text, string Why)> All { get; } =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "texts.jsonl")).Where(line => line.Length > 0).Select(Case),
        .. s_invisible.Select(code => ($"Mug{Of(code)}", $"an invisible U+{Hex(code)}")),
        .. s_invisible[..12].Select(code => ($"Mug{string.Concat(Enumerable.Repeat(Of(code), 12))}tea", $"a row of U+{Hex(code)}")),
        .. s_invisible[12..36].Select(code => ($"{Of(code)}Mug", $"a leading U+{Hex(code)}")),
        .. s_control.Select(code => ($"Mug{Of(code)}tea", $"the control character U+{Hex(code)}")),
        .. s_unassigned.Select(code => ($"Mug{Of(code)}", $"the private or unassigned U+{Hex(code)}")),
        .. s_blank.Select(text => (text, "a blank text")),
        .. s_marks.Select(mark => ("Mug" + string.Concat(Enumerable.Repeat(mark, 8)), "a row of marks")),
        .. s_mixed.Select(text => (text, "two alphabets in one word")),
        .. s_links.Select(text => (text, "a link")),
        .. new[] { "٪", "pay", "ignore" }.Select(word => (Hidden(word), "a message in tag characters")),
        .. new[] { "pay me", "x" }.Select(word => (InVariationSelectors(word), "a message in variation selectors")),
    ];

    /// <summary>An invisible character in the texts of an answer. The test recognizes it by its Unicode category and by a list of its own, and does not use the code under test.</summary>
    public static string? HiddenIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Select(member => HiddenIn(member.Value)).FirstOrDefault(hidden => hidden is not null),
        JsonValueKind.Array => value.EnumerateArray().Select(HiddenIn).FirstOrDefault(hidden => hidden is not null),
        JsonValueKind.String => value.GetString()!.EnumerateRunes().Where(IsHidden).Select(rune => $"U+{rune.Value:X4} in {value}").FirstOrDefault(),
        _ => null,
    };

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => true,
        _ => rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0F)
            or 0xFFA0 or 0xFFFC or (>= 0xE0100 and <= 0xE01EF),
    };

    private static (string Text, string Why) Case(string line)
    {
        var text = JsonElement.Parse(line);
        return (text.GetProperty("text").GetString()!, text.GetProperty("why").GetString()!);
    }

    private static string Of(int code) => char.ConvertFromUtf32(code);

    private static string Hex(int code) => code.ToString("X4", CultureInfo.InvariantCulture);

    private static string Hidden(string message) => "Mug" + string.Concat(Encoding.UTF8.GetBytes(message).Select(one => Of(0xE0000 + (one & 0x7F))));

    private static string InVariationSelectors(string message) => "Mug" + string.Concat(Encoding.UTF8.GetBytes(message).Select(one => Of(0xE0100 + one)));
}
