using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Tests.Ucp;

public sealed class UcpArgumentTests(RedisFixture redis) : UcpTest(redis)
{
    private const McpErrorCode Discovery = (McpErrorCode)(-32001);
    private const string GoodMeta = """{ "ucp-agent": { "profile": "https://platform.example/p" }, "idempotency-key": "0123456789012345678901" }""";

    public static TheoryData<string, string, string> Wrong() => new()
    {
        { "create_checkout", """{ "checkout": { "line_items": [] } }""", "$.meta" },
        { "create_checkout", $$"""{ "meta": {{GoodMeta}} }""", "$.checkout" },
        { "create_checkout", $$"""{ "meta": {{GoodMeta}}, "checkout": [] }""", "$.checkout" },
        { "create_checkout", $$"""{ "meta": {{GoodMeta}}, "checkout": {} }""", "$.checkout.line_items" },
        { "create_checkout", $$"""{ "meta": {{GoodMeta}}, "checkout": { "line_items": [] } }""", "$.checkout.line_items" },
        { "create_checkout", Line("7"), "$.checkout.line_items[0].item.id" },
        { "create_checkout", Line("""{ "quantity": 1 }"""), "$.checkout.line_items[0].item.id" },
        { "create_checkout", Line("""{ "item": { "id": "" }, "quantity": 1 }"""), "$.checkout.line_items[0].item.id" },
        { "create_checkout", Line("""{ "item": { "id": 7 }, "quantity": 1 }"""), "$.checkout.line_items[0].item.id" },
        { "create_checkout", Line("""{ "item": { "id": "tea" } }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "item": { "id": "tea" }, "quantity": 0 }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "item": { "id": "tea" }, "quantity": -1 }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "item": { "id": "tea" }, "quantity": 1.5 }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "item": { "id": "tea" }, "quantity": "1" }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "item": { "id": "tea" }, "quantity": 1000000 }"""), "$.checkout.line_items[0].quantity" },
        { "create_checkout", Line("""{ "id": 7, "item": { "id": "tea" }, "quantity": 1 }"""), "$.checkout.line_items[0].id" },
        { "create_checkout", Buyer("[]"), "$.checkout.buyer" },
        { "create_checkout", Buyer("""{ "email": 7 }"""), "$.checkout.buyer.email" },
        { "create_checkout", Buyer("""{ "email": "ada" }"""), "$.checkout.buyer.email" },
        { "create_checkout", Buyer("""{ "first_name": "a\u0000b" }"""), "$.checkout.buyer.first_name" },
        { "get_checkout", $$"""{ "meta": {{GoodMeta}} }""", "$.id" },
        { "get_checkout", $$"""{ "meta": {{GoodMeta}}, "id": 7 }""", "$.id" },
        { "update_checkout", $$"""{ "meta": {{GoodMeta}}, "id": "chk_1" }""", "$.checkout" },
        { "complete_checkout", $$"""{ "meta": {{GoodMeta}}, "id": "chk_1" }""", "$.checkout" },
        { "cancel_checkout", $$"""{ "meta": {{GoodMeta}} }""", "$.id" },
        { "get_order", $$"""{ "meta": {{GoodMeta}}, "id": "" }""", "$.id" },
        { "cancel_checkout", """{ "meta": { "ucp-agent": { "profile": "https://p.example" }, "idempotency-key": "short" }, "id": "chk_1" }""", "$.meta['idempotency-key']" },
        { "cancel_checkout", """{ "meta": { "ucp-agent": { "profile": "https://p.example" }, "idempotency-key": 7 }, "id": "chk_1" }""", "$.meta['idempotency-key']" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task The_error_for_an_invalid_argument_has_its_path(string tool, string arguments, string path)
    {
        var refused = await RefusedAsync(tool, JsonNode.Parse(arguments)!.AsObject());

        Assert.Equal(McpErrorCode.InvalidParams, refused.ErrorCode);
        Assert.Equal(("invalid_request", path), (refused.Data["code"]!.ToString(), refused.Data["path"]!.ToString()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "ucp-agent": {} }""")]
    [InlineData("""{ "ucp-agent": "https://platform.example/p" }""")]
    [InlineData("""{ "ucp-agent": { "profile": "nowhere" } }""")]
    [InlineData("""{ "ucp-agent": { "profile": "javascript:alert(1)" } }""")]
    public async Task A_platform_without_a_profile_is_rejected(string meta)
    {
        var refused = await RefusedAsync("get_checkout", new() { ["meta"] = JsonNode.Parse(meta), ["id"] = "chk_1" });

        Assert.Equal(Discovery, refused.ErrorCode);
        Assert.Equal("invalid_profile_url", refused.Data["code"]!.ToString());
    }

    [Fact]
    public async Task A_hundred_lines_are_sold_and_not_one_more()
    {
        var hundred = await CreateAsync([.. Enumerable.Repeat(("tea", 1L), 100)]);
        var refused = await RefusedAsync(
            "create_checkout", new() { ["meta"] = Meta(), ["checkout"] = Lines([.. Enumerable.Repeat(("tea", 1L), 101)]) });

        Assert.Equal((100, 70000L), (hundred.GetProperty("line_items").GetArrayLength(), Total(hundred)));
        Assert.Equal("$.checkout.line_items", refused.Data["path"]!.ToString());
        await CompleteAsync(Id(hundred));
        Assert.Equal(70000, (await SessionAsync()).AmountTotal);
    }

    [Fact]
    public async Task A_payment_instrument_is_ignored()
    {
        const string Card = "4242424242424242";
        var id = Id(await CreateAsync(("tea", 1)));
        var payment = JsonNode.Parse($$"""{ "payment": { "instruments": [ { "id": "i", "handler_id": "h", "type": "card", "credential": { "number": "{{Card}}" } } ] } }""");

        var escalated = await CallAsync("complete_checkout", new() { ["meta"] = Meta(NewKey()), ["id"] = id, ["checkout"] = payment });

        Assert.Equal("requires_escalation", Status(escalated));
        Assert.DoesNotContain(Card, escalated.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Card, (await GetAsync(id)).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Card, JsonSerializer.Serialize(await SessionAsync()), StringComparison.Ordinal);
    }

    private static string Line(string line) => $$"""{ "meta": {{GoodMeta}}, "checkout": { "line_items": [ {{line}} ] } }""";

    private static string Buyer(string buyer) =>
        $$"""{ "meta": {{GoodMeta}}, "checkout": { "line_items": [ { "item": { "id": "tea" }, "quantity": 1 } ], "buyer": {{buyer}} } }""";
}
