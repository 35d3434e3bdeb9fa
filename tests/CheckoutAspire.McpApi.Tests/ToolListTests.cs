using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ToolListTests(RedisFixture redis) : McpApiTest(redis)
{
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
                Assert.Equal("image/svg+xml", icon.MimeType);
                Assert.StartsWith("data:image/svg+xml;base64,", icon.Source, StringComparison.Ordinal);
            });
    }

    [Fact]
    public async Task The_schema_of_initiate_checkout_has_its_limits()
    {
        var schema = (await ToolAsync("initiate_checkout")).InputSchema;

        Assert.Equal(
            """
            product_name string minLength=1 maxLength=250
            price_cents integer minimum=1 maximum=99999999
            quantity integer minimum=1 maximum=999999 default=1
            product_id string maxLength=500
            success_url string maxLength=2048
            cancel_url string maxLength=2048
            currency string pattern=^[A-Za-z]{3}$ default=usd
            price_id string pattern=^(price|plan)_[A-Za-z0-9_]{1,240}$
            mode string enum=["payment","subscription"]
            line_items array maxItems=100
            allow_promotion_codes boolean default=False
            metadata object additionalProperties={"type":"string","maxLength":500} maxProperties=43 propertyNames={"minLength":1,"maxLength":40,"pattern":"^[^\\[\\]]*$"}
            client_reference_id string maxLength=200
            customer_email string pattern=^[^@\s]{1,64}@[^@\s]{1,189}$
            expires_in_minutes integer minimum=31 maximum=1439 default=31
            hand_off string enum=["link","elicitation"] default=link
            idempotency_key string maxLength=255
            """.ReplaceLineEndings("\n"),
            string.Join('\n', schema.GetProperty("properties").EnumerateObject().Select(Describe)));
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
        Assert.False(schema.TryGetProperty("required", out _));
        Assert.All(
            schema.GetProperty("properties").EnumerateObject(),
            property => Assert.NotEmpty(property.Value.GetProperty("description").GetString()!));
    }

    [Fact]
    public async Task The_schema_of_a_line_has_its_limits_and_allows_no_other_members()
    {
        var line = (await ToolAsync("initiate_checkout")).InputSchema.GetProperty("properties").GetProperty("line_items").GetProperty("items");

        Assert.Equal(
            """
            product_name string minLength=1 maxLength=250
            price_cents integer minimum=1 maximum=99999999
            product_id string maxLength=500
            price_id string pattern=^(price|plan)_[A-Za-z0-9_]{1,240}$
            quantity integer minimum=1 maximum=999999 default=1
            """.ReplaceLineEndings("\n"),
            string.Join('\n', line.GetProperty("properties").EnumerateObject().Select(Describe)));
        Assert.False(line.GetProperty("additionalProperties").GetBoolean());
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
            ["session_id string pattern=^cs_(test|live)_[A-Za-z0-9]{1,240}$"],
            schema.GetProperty("properties").EnumerateObject().Select(Describe));
        Assert.Equal("""["session_id"]""", schema.GetProperty("required").GetRawText());
    }

    [Theory]
    [InlineData("initiate_checkout", """["session_id","status","order_ref","payment_status","amount_total","currency","livemode","replayed"]""")]
    [InlineData("cancel_checkout", """["session_id","status","order_ref","order_state","already_expired"]""")]
    [InlineData("list_checkouts", """["checkouts"]""")]
    [InlineData("list_products", """["products"]""")]
    [InlineData("get_checkout", """["session_id","status","order_ref","payment_status","amount_total","currency","livemode","status_source","order_state","amount_subtotal","line_items","timeline","fulfillment"]""")]
    public async Task The_structured_content_is_a_result_or_an_error(string tool, string required)
    {
        var schema = Assert.NotNull((await ToolAsync(tool)).OutputSchema);

        Assert.Equal("object", schema.GetProperty("type").GetString());
        Assert.Equal(
            [required, """["error","code","severity"]"""],
            schema.GetProperty("anyOf").EnumerateArray().Select(branch => branch.GetProperty("required").GetRawText()));
        var codes = schema.GetProperty("properties").GetProperty("code").GetProperty("enum").EnumerateArray().Select(code => code.GetString());
        Assert.Equal(
            [
                "invalid_request", "currency_not_supported", "amount_too_small", "amount_too_large", "price_not_allowed",
                "currency_not_allowed", "quantity_not_allowed", "text_not_allowed", "daily_cap_exceeded", "already_completed", "origin_not_allowed",
                "not_found", "idempotency_conflict", "idempotency_in_flight", "invalid_request_state", "card_declined", "rate_limited", "stripe_unreachable", "stripe_error",
                "authentication_failed", "permission_denied", "insufficient_scope", "ledger_unreachable", "internal_error",
            ],
            codes);
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
