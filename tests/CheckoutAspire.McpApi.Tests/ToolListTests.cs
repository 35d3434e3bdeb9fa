using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ToolListTests(RedisFixture redis) : McpApiTest(redis)
{
    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_tools_are_these_in_this_order_and_honest_about_what_they_do()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);

        Assert.Equal(
            [
                "cancel_checkout|Cancel a checkout|readOnly=False destructive=True idempotent=True openWorld=True",
                "get_checkout|Look up a checkout|readOnly=True destructive=False idempotent=True openWorld=True",
                "initiate_checkout|Start a checkout|readOnly=False destructive=False idempotent=False openWorld=True",
                "list_checkouts|List your checkouts|readOnly=True destructive=False idempotent=True openWorld=False",
                "list_products|List products|readOnly=True destructive=False idempotent=True openWorld=True",
                "wait_for_payment|Wait for the payment|readOnly=True destructive=False idempotent=True openWorld=True",
            ],
            tools.Select(tool => tool.ProtocolTool).Select(tool =>
                $"{tool.Name}|{tool.Title}|readOnly={tool.Annotations!.ReadOnlyHint} destructive={tool.Annotations.DestructiveHint} "
                + $"idempotent={tool.Annotations.IdempotentHint} openWorld={tool.Annotations.OpenWorldHint}"));
        Assert.All(tools, tool => Assert.True(tool.Description.Length > 100));
        Assert.All(
            tools,
            tool =>
            {
                var icon = Assert.Single(tool.ProtocolTool.Icons!);
                Assert.True(Uri.IsWellFormedUriString(icon.Source, UriKind.Absolute));
                Assert.StartsWith("data:image/svg+xml,%3Csvg", icon.Source, StringComparison.Ordinal);
            });
    }

    [Fact]
    public async Task The_schemas_of_arguments_use_only_what_every_model_provider_accepts()
    {
        string[] types = ["object", "array", "string", "integer", "boolean"];
        string[] keywords = ["type", "properties", "required", "items", "enum", "description", "minimum", "maximum"];
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);

        Assert.All(tools, tool => Check(tool.ProtocolTool.InputSchema, tool.Name));

        void Check(JsonElement schema, string place)
        {
            Assert.All(schema.EnumerateObject(), keyword => Assert.True(keywords.Contains(keyword.Name), $"{place}: {keyword.Name}"));
            // Gemini's API rejects a list of types, for example ["string", "null"].
            var type = schema.GetProperty("type").GetString();
            Assert.Contains(type, types);
            Assert.Equal(type == "array", schema.TryGetProperty("items", out var items));
            Assert.Equal(type == "object", schema.TryGetProperty("properties", out var properties));
            if (type == "object")
            {
                Assert.All(properties.EnumerateObject(), property => Check(property.Value, $"{place}.{property.Name}"));
            }
            else if (type == "array")
            {
                Check(items, place + "[]");
            }
        }
    }

    [Fact]
    public async Task The_descriptions_agree_on_the_next_step()
    {
        var tools = (await Client.ListToolsAsync(cancellationToken: Cancellation)).ToDictionary(tool => tool.Name, tool => tool.Description);

        Assert.Contains("call wait_for_payment", tools["initiate_checkout"], StringComparison.Ordinal);
        Assert.Contains("call wait_for_payment", tools["get_checkout"], StringComparison.Ordinal);
        Assert.Contains("initiate_checkout", tools["list_products"], StringComparison.Ordinal);
        Assert.Contains("call wait_for_payment", Client.ServerInstructions, StringComparison.Ordinal);
        Assert.DoesNotContain(tools.Values, description => description.Contains("call get_checkout", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2025-03-26", false, true, false)]
    [InlineData("2025-11-25", false, true, true)]
    [InlineData("2025-11-25", true, false, true)]
    [InlineData("2026-07-28", true, false, true)]
    public async Task A_client_gets_the_forms_of_a_result_that_it_reads(string revision, bool asksForStructuredOnly, bool text, bool structured)
    {
        await using var client = await Factory.ConnectAsync(revision);
        var call = new CallToolRequestParams
        {
            Name = "list_checkouts",
            Meta = asksForStructuredOnly ? new JsonObject { ["checkout-aspire/structured_only"] = true } : null,
        };

        var result = await client.CallToolAsync(call, Cancellation);

        Assert.Equal((text, structured), (result.Content.Count == 1, result.StructuredContent is not null));
    }

    [Fact]
    public async Task The_list_is_short()
    {
        using var raw = new RawMcp(Factory.Address);
        using var response = await raw.SendAsync(RawMcp.List, "tools/list");
        var tools = (await RawMcp.ReadAsync(response)).GetProperty("result").GetProperty("tools");
        var seen = tools.EnumerateArray().Select(tool => new
        {
            name = tool.GetProperty("name"),
            description = tool.GetProperty("description"),
            inputSchema = tool.GetProperty("inputSchema"),
        });

        var (whole, model) = (Tokens(tools), Tokens(seen));

        TestContext.Current.TestOutputHelper!.WriteLine($"tools/list: {whole} tokens, of which a model sees {model}");
        Assert.InRange(whole, 1, 4_500);
        Assert.InRange(model, 1, 1_500);

        // The usual estimate: four characters are one token.
        static int Tokens<T>(T value) => JsonSerializer.Serialize(value, s_readable).Length / 4;
    }

    [Fact]
    public async Task The_schema_of_initiate_checkout_has_its_limits()
    {
        var schema = (await ToolAsync("initiate_checkout")).InputSchema;

        Assert.Equal(
            """
            product_name string
            price_cents integer minimum=1 maximum=99999999
            quantity integer minimum=1 maximum=999999
            product_id string
            caller_ref string
            success_url string
            cancel_url string
            currency string
            price_id string
            mode string enum=["payment","subscription"]
            line_items array
            allow_promotion_codes boolean
            locale string
            metadata array
            client_reference_id string
            customer_email string
            expires_in_minutes integer minimum=31 maximum=1439
            hand_off string enum=["link","elicitation"]
            replaces string
            idempotency_key string
            buyer_ref string
            """.ReplaceLineEndings("\n"),
            string.Join('\n', schema.GetProperty("properties").EnumerateObject().Select(Describe)));
        Assert.False(schema.TryGetProperty("required", out _));
        Assert.All(
            schema.GetProperty("properties").EnumerateObject(),
            property => Assert.NotEmpty(property.Value.GetProperty("description").GetString()!));
    }

    [Theory]
    [InlineData("line_items", "product_name string; price_cents integer minimum=1 maximum=99999999; product_id string; price_id string; quantity integer minimum=1 maximum=999999; caller_ref string", null)]
    [InlineData("metadata", "key string; value string", """["key","value"]""")]
    public async Task The_schema_of_a_list_has_the_members_of_its_items(string argument, string members, string? required)
    {
        var item = (await ToolAsync("initiate_checkout")).InputSchema.GetProperty("properties").GetProperty(argument).GetProperty("items");

        Assert.Equal(members, string.Join("; ", item.GetProperty("properties").EnumerateObject().Select(Describe)));
        Assert.Equal(required, item.TryGetProperty("required", out var names) ? names.GetRawText() : null);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_list_is_the_same_each_time_and_may_be_kept(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);

        var first = await client.ListToolsAsync(new ListToolsRequestParams(), Cancellation);
        var second = await client.ListToolsAsync(new ListToolsRequestParams(), Cancellation);

        Assert.Equal(JsonSerializer.Serialize(first.Tools), JsonSerializer.Serialize(second.Tools));
        if (revision == "2026-07-28")
        {
            Assert.Equal(TimeSpan.FromMinutes(5), first.TimeToLive);
            Assert.Equal(CacheScope.Private, first.CacheScope);
        }
    }

    [Fact]
    public async Task The_argument_of_get_checkout_is_a_session_id()
    {
        var schema = (await ToolAsync("get_checkout")).InputSchema;

        Assert.Equal(
            ["session_id string"],
            schema.GetProperty("properties").EnumerateObject().Select(Describe));
        Assert.Equal("""["session_id"]""", schema.GetProperty("required").GetRawText());
    }

    [Theory]
    [InlineData("initiate_checkout", """["session_id","status","order_ref","payment_status","amount_total","currency","livemode","replayed"]""")]
    [InlineData("cancel_checkout", """["session_id","status","order_ref","order_state","already_expired"]""")]
    [InlineData("list_checkouts", """["checkouts"]""")]
    [InlineData("list_products", """["products"]""")]
    [InlineData("get_checkout", """["session_id","status","order_ref","payment_status","amount_total","currency","livemode","status_source","order_number","buyer_status","order_state","amount_subtotal","line_items","timeline","fulfillment"]""")]
    public async Task The_structured_content_is_a_result_or_an_error(string tool, string required)
    {
        var schema = Assert.NotNull((await ToolAsync(tool)).OutputSchema);

        Assert.Equal("object", schema.GetProperty("type").GetString());
        Assert.Equal(
            [required, """["error","code","severity"]"""],
            schema.GetProperty("anyOf").EnumerateArray().Select(branch => branch.GetProperty("required").GetRawText()));
        Assert.Equal("string", schema.GetProperty("properties").GetProperty("code").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Both_protocol_revisions_sell_on_one_address(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);

        Assert.Equal(revision, client.NegotiatedProtocolVersion);
        Assert.Equal("checkout-aspire", client.ServerInfo?.Name);
        Assert.Equal(["cancel_checkout", "get_checkout", "initiate_checkout", "list_checkouts", "list_products", "wait_for_payment"], (await client.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name));
        var sold = await client.CallToolAsync("initiate_checkout", Mug(), cancellationToken: Cancellation);
        Assert.NotEqual(true, sold.IsError);
        var refused = await client.CallToolAsync("initiate_checkout", Mug(("price_cents", 0)), cancellationToken: Cancellation);
        Assert.True(refused.IsError is true);
        Assert.Equal("price_cents", Assert.NotNull(refused.StructuredContent).GetProperty("param").GetString());
    }

    private async Task<Tool> ToolAsync(string name) =>
        (await Client.ListToolsAsync(cancellationToken: Cancellation)).Single(tool => tool.Name == name).ProtocolTool;

    private static string Describe(JsonProperty property) => property.Name + " " + string.Join(
        ' ',
        property.Value.EnumerateObject()
            .Where(keyword => keyword.Name is not ("description" or "items"))
            .Select(keyword => keyword.Name == "type" ? keyword.Value.ToString() : $"{keyword.Name}={keyword.Value}"));
}
