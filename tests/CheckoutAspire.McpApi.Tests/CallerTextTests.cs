using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Tests;

public sealed class CallerTextTests
{
    [Fact]
    public void A_name_that_hides_something_imitates_another_or_links_elsewhere_is_rejected()
    {
        // A comma is a comma: it forges nothing, because ids of callers are never joined.
        var accepted = HostileTexts.All.Where(text => !text.Why.StartsWith("a comma", StringComparison.Ordinal))
            .Where(text => CallerText.Validate(text.Text, TextUse.Label) is null);

        Assert.Empty(accepted);
        Assert.InRange(HostileTexts.All.Count, 200, 400);
    }

    [Theory]
    [InlineData("Node.js in Action, 3rd ed.")]
    [InlineData("Vue.js/Nuxt.js course")]
    [InlineData("ASP.NET Core")]
    [InlineData(".NET 10 and C#.NET")]
    [InlineData("Release v2.5 of 1.10.3")]
    [InlineData("Made in the U.S.A.")]
    [InlineData("St. Gallen cheese")]
    [InlineData("Jack 3.5mm to 6.35mm, 0.5l, 1.5kg")]
    [InlineData("Dr.Martens boots")]
    [InlineData("E.Leclerc voucher, J.R.R.Tolkien")]
    [InlineData("Müller GmbH & Co.KG, Nr.5, Art.Nr. 7")]
    [InlineData("M.Sc. and Ph.D. gowns, e.g. blue, z.B. blau, a.k.a. azure")]
    [InlineData("10.000 points (24/7), 50% off, A/B, #1 @ home")]
    [InlineData("Manual.pdf, sound.mp3")]
    [InlineData("S.p.A. S.r.l. e.V.")]
    [InlineData("Wait... what?")]
    [InlineData("Café Crème, Übergröße, Ångström, Đặng Thị Ngọc, Łódź")]
    [InlineData("Cafe\u0301 with a separate accent")]
    [InlineData("Family 👨‍👩‍👧 ticket, 👩🏽‍💻 course, ❤️ card, ❤️‍🔥, 🏳️‍🌈, ☂️, 1️⃣")]
    [InlineData("™ ® © ½ ² № ★ → ♻")]
    [InlineData("قميص أحمر ١٢٣")]
    [InlineData("می‌خواهم")]
    [InlineData("हिन्दी की क‍ष, বাংলা, සිංහල ශ්‍රී")]
    [InlineData("שָׁלוֹם עֲלֵיכֶם")]
    [InlineData("ภาษาไทยที่นี่, ខ្មែរ, བསྒྲུབས, မြန်မာ")]
    [InlineData("日本語のTシャツ、カップ。とても良い")]
    [InlineData("高级杯子。很好，Made in 中国")]
    [InlineData("한국어 USB케이블")]
    [InlineData("ＦＵＬＬ　ＷＩＤＴＨ １２３")]
    [InlineData("10 kΩ resistor, 5 µm, 3 μF, ΔT probe, β-carotene, π shirt")]
    [InlineData("USB-кабель 3D-принтер iPhone 15 чехол")]
    [InlineData("Ωmega-3 και ελαιόλαδο")]
    [InlineData("𝐁𝐨𝐥𝐝 letters")]
    public void A_name_that_only_looks_unusual_is_allowed(string name) => Assert.Null(CallerText.Validate(name, TextUse.Label));

    [Theory]
    [InlineData("order-7", null)]
    [InlineData("ada@shop.example", null)]
    [InlineData("https://shop.example/cart/7", null)]
    [InlineData("gold-bar,license-pro", null)]
    [InlineData("Käufer 7", null)]
    [InlineData("注文7", null)]
    [InlineData("ｏｒｄｅｒ", "NFKC")]
    [InlineData("𝐨rder", "NFKC")]
    [InlineData("order²", "NFKC")]
    [InlineData("cafe\u0301", "NFKC")]
    [InlineData("оrder", "alphabets")]
    [InlineData("order\u3164", "invisible")]
    [InlineData("order\nforged", "line breaks")]
    public void An_id_has_one_form(string id, string? problem)
    {
        var reason = CallerText.Validate(id, TextUse.Reference);

        Assert.Equal(problem is null, reason is null);
        Assert.Contains(problem ?? "", reason ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_seller_loses_what_cannot_be_seen_and_nothing_else()
    {
        Assert.Equal("Red mug", VisibleText.Of("Red\u200B mug\u3164\u202E"));
        Assert.Equal("two lines", VisibleText.Of("two\nlines"));
        Assert.Equal("Mug\u0301\u0301\u0301\u0301", VisibleText.Of("Mug" + new string('\u0301', 20)));
        Assert.Equal("❤️ mug", VisibleText.Of("❤️ mug"));
        Assert.Equal("", VisibleText.Of("\u2800\u3164"));
        Assert.All(
            HostileTexts.All.Select(hostile => (Visible: VisibleText.Of(hostile.Text), hostile.Why)),
            text => Assert.True(text.Visible.Length == 0 || VisibleText.Problem(text.Visible) is null, text.Why));
    }

    [Fact]
    public void Compatibility_characters_are_folded_to_their_plain_form()
    {
        Assert.Equal("a@b.de Paypal ffi 1kg", Nfkc.Fold("a＠b．de 𝐏𝐚𝐲𝐩𝐚𝐥 ﬃ 1㎏"));
        Assert.Equal("Az09", Nfkc.Fold("\U0001CCD6𝓏⁰⑨"));
        Assert.Equal("plain ~", Nfkc.Fold("plain ~"));
    }
}
