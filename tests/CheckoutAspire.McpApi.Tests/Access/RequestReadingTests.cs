using System.Net;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests.Access;

public sealed class RequestReadingTests(RedisFixture redis) : McpApiTest(redis)
{
    public static TheoryData<string> Unreadable() =>
    [
        "", "null", "7", "[]", "{", "not json", "\"text\"",
        """{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}""",
        """{"jsonrpc":"2.0","id":1,"Method":"tools/call","method":"tools/list"}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","name":"initiate_checkout"}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","Name":"initiate_checkout"}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","arguments":{},"Arguments":{}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","arguments":{"session_id":"\ud800"}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","arguments":{"\udfff":1}}}""",
        new string('[', 100) + new string(']', 100),
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task Ambiguous_messages_are_rejected(string body)
    {
        using var raw = new RawMcp(Factory.Address);

        using var response = await raw.SendAsync(body, "tools/call", "get_checkout");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(-32700, (await RawMcp.ReadAsync(response)).GetProperty("error").GetProperty("code").GetInt32());
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task A_request_of_more_than_a_mebibyte_is_too_large()
    {
        using var raw = new RawMcp(Factory.Address);

        using var response = await raw.CallAsync("initiate_checkout", Mug(("product_name", new string('x', 1024 * 1024))));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Every_tool_has_its_scope_by_decision()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);

        Assert.All(tools, tool => Assert.True(CheckoutScope.IsKnown(tool.Name), tool.Name));
        Assert.All(
            tools.Where(tool => tool.ProtocolTool.Annotations?.ReadOnlyHint is true),
            tool => Assert.Equal(CheckoutScope.Read, CheckoutScope.OfTool(tool.Name)));
        Assert.All(
            tools.Where(tool => tool.ProtocolTool.Annotations?.ReadOnlyHint is not true),
            tool => Assert.NotEqual(CheckoutScope.Read, CheckoutScope.OfTool(tool.Name)));
        Assert.Equal(CheckoutScope.Create, CheckoutScope.OfTool("anything_else"));
    }
}
