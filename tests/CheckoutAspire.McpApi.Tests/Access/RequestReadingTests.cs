using System.Net;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

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

    public static TheoryData<string, string> Malformed() => new()
    {
        { """{"id":1,"method":"ping"}""", "jsonrpc" },
        { """{"jsonrpc":"1.0","id":1,"method":"ping"}""", "jsonrpc" },
        { """{"jsonrpc":"2.0","id":1}""", "method" },
        { """{"jsonrpc":"2.0","id":1,"method":7}""", "method" },
        { """{"jsonrpc":"2.0","id":{},"method":"ping"}""", "id" },
        { """{"jsonrpc":"2.0","id":null,"method":"ping"}""", "id" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}""", "params" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":7}}""", "params.cursor" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":7}}""", "params._meta" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}""", "params.name" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{"a":1}}}""", "params.name" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_checkout","arguments":7}}""", "params.arguments" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/read"}""", "params.uri" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":7}}""", "params.uri" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize"}""", "params.protocolVersion" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7,"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""", "params.protocolVersion" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{"name":"t","version":"1"}}}""", "params.capabilities" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"version":"1"}}}""", "params.clientInfo.name" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientInfo":7}}}""", "params._meta['io.modelcontextprotocol/clientInfo']" },
        { """{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":"x"}}}""", "params.notifications.resourceSubscriptions" },
        { """{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":[1]}}""", "params.level" },
        { """{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"info","_meta":""}}""", "params._meta" },
        { """{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"x","_meta":[1]}}""", "params._meta" },
        { """{"jsonrpc":"2.0","id":1,"method":"no/such","params":{"_meta":7}}""", "params._meta" },
        { """{"jsonrpc":"2.0","id":1,"method":"no/such","params":7}""", "params" },
        { """{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}""", "params" },
        { """{"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":{"_meta":7}}""", "params._meta" },
        { """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}""", "params.requestId" },
        { """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":"x"}}""", "params" },
        { """{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", "id" },
        { """{"jsonrpc":"2.0","id":100000000000000000000,"method":"ping"}""", "id" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"unknown"}}""", "params.cursor" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{"cursor":""}}""", "params.cursor" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/templates/list","params":{"cursor":"2"}}""", "params.cursor" },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":null}}""", "params.name" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":null}}""", "params.uri" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":null}}""", "params.uri" },
        { """{"jsonrpc":"2.0","id":1,"method":"resources/unsubscribe","params":{"uri":null}}""", "params.uri" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":null,"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""", "params.protocolVersion" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":null,"clientInfo":{"name":"t","version":"1"}}}""", "params.capabilities" },
        { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":null,"version":"1"}}}""", "params.clientInfo.name" },
        { """{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":null}}""", "params.notifications" },
        { """{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["checkout://sessions/cs_1",null]}}}""", "params.notifications.resourceSubscriptions[1]" },
        { """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}}""", "params.requestId" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_message_is_rejected_with_the_name_of_its_member(string body, string member)
    {
        using var response = await PostAsync(body, "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await RawMcp.ReadAsync(response)).GetProperty("error");
        Assert.Equal(-32602, error.GetProperty("code").GetInt32());
        Assert.StartsWith(member, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadRequest)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=nonsense", HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-16", HttpStatusCode.OK)]
    public async Task A_missing_or_wrong_content_type_is_not_an_error_of_the_server(string? contentType, HttpStatusCode expected)
    {
        using var response = await PostAsync(Initialize, contentType);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Unknown_methods_and_tools_leave_no_line_in_the_log()
    {
        using var warnings = new LoggedWarnings();
        await using var factory = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder => builder
            .UseSetting("Logging:LogLevel:ModelContextProtocol", "Warning")
            .ConfigureLogging(logging => logging.ClearProviders().AddProvider(warnings)));
        using var raw = new RawMcp(factory.Address);
        await using var client = await factory.ConnectAsync("2025-11-25");

        foreach (var method in (string[])["no/such", "tasks/get", "prompts/get", "tools/call"])
        {
            using var response = await raw.SendAsync(RawMcp.Message(method, "stranger", "{}"), method, "stranger");
            Assert.InRange((int)response.StatusCode, 200, 499);
        }

        await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(() => client.ListPromptsAsync(cancellationToken: Cancellation).AsTask());
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task A_session_is_not_initialized_again()
    {
        using var initialized = await PostAsync(Initialize, "application/json");
        var session = initialized.Headers.GetValues(CallerSessions.Header).Single();

        using var again = await PostAsync(Initialize, "application/json", session);
        using var ping = await PostAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""", "application/json", session);

        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Equal(-32602, (await RawMcp.ReadAsync(again)).GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(HttpStatusCode.OK, ping.StatusCode);
    }

    [Fact]
    public async Task A_batch_of_the_first_Streamable_HTTP_revision_is_served_as_one_stream()
    {
        using var initialized = await PostAsync(Initialize.Replace("2025-11-25", "2025-03-26", StringComparison.Ordinal), "application/json");
        var session = initialized.Headers.GetValues(CallerSessions.Header).Single();

        using var response = await PostAsync(
            """
            [{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":"a","method":"tools/list"},
             {"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":7}},{"jsonrpc":"2.0","id":"c","method":"ping"}]
            """,
            "application/json",
            session);
        using var notified = await PostAsync("""[{"jsonrpc":"2.0","method":"notifications/initialized"}]""", "application/json", session);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var events = (await response.Content.ReadAsStringAsync(Cancellation)).Split('\n')
            .Where(line => line.StartsWith("data:", StringComparison.Ordinal))
            .Select(line => JsonElement.Parse(line["data:".Length..]))
            .ToDictionary(message => message.GetProperty("id").GetString()!);
        Assert.NotEmpty(events["a"].GetProperty("result").GetProperty("tools").EnumerateArray());
        Assert.Equal(-32602, events["b"].GetProperty("error").GetProperty("code").GetInt32());
        Assert.True(events["c"].TryGetProperty("result", out _));
        Assert.Equal(HttpStatusCode.Accepted, notified.StatusCode);
    }

    private const string Initialize =
        """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
        """;

    private async Task<HttpResponseMessage> PostAsync(string body, string? contentType, string? session = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Factory.Address, "/mcp")) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (session is not null)
        {
            request.Headers.Add(CallerSessions.Header, session);
        }

        return await http.SendAsync(request, Cancellation);
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
