using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ToolListTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task The_tools_are_these_in_this_order_and_honest_about_what_they_do()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);

        Assert.Equal(
            [
                "get_checkout|Look up a checkout|readOnly=True destructive=False idempotent=True openWorld=True",
                "initiate_checkout|Start a checkout|readOnly=False destructive=False idempotent=False openWorld=True",
                "wait_for_payment|Wait for the payment|readOnly=True destructive=False idempotent=True openWorld=True",
            ],
            tools.Select(tool => tool.ProtocolTool).Select(tool =>
                $"{tool.Name}|{tool.Title}|readOnly={tool.Annotations!.ReadOnlyHint} destructive={tool.Annotations.DestructiveHint} "
                + $"idempotent={tool.Annotations.IdempotentHint} openWorld={tool.Annotations.OpenWorldHint}"));
        Assert.All(tools, tool => Assert.True(tool.Description.Length > 100));
    }

    [Fact]
    public async Task The_arguments_of_initiate_checkout_say_their_limits()
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
            mode string enum=["payment","subscription"] default=payment
            metadata object additionalProperties={"type":"string","maxLength":500} maxProperties=45 propertyNames={"minLength":1,"maxLength":40,"pattern":"^[^\\[\\]]*$"}
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
    public async Task The_argument_of_get_checkout_is_a_session_id()
    {
        var schema = (await ToolAsync("get_checkout")).InputSchema;

        Assert.Equal(
            ["session_id string pattern=^cs_(test|live)_[A-Za-z0-9]{1,240}$"],
            schema.GetProperty("properties").EnumerateObject().Select(Describe));
        Assert.Equal("""["session_id"]""", schema.GetProperty("required").GetRawText());
    }

    [Theory]
    [InlineData("initiate_checkout", """["session_id","status","payment_status","amount_total","currency","livemode","order_ref","replayed"]""")]
    [InlineData("get_checkout", """["session_id","status","payment_status","status_source","order_state","order_ref","amount_subtotal","amount_total","currency","livemode","timeline","fulfillment"]""")]
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
                "invalid_request", "currency_not_supported", "amount_too_small", "amount_too_large", "origin_not_allowed", "not_found",
                "idempotency_conflict", "idempotency_in_flight", "invalid_request_state", "card_declined", "rate_limited", "stripe_unreachable", "stripe_error",
                "authentication_failed", "permission_denied", "ledger_unreachable", "internal_error",
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
        Assert.Equal(["get_checkout", "initiate_checkout", "wait_for_payment"], (await client.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name));
        var sold = await client.CallToolAsync("initiate_checkout", Mug(), cancellationToken: Cancellation);
        Assert.NotEqual(true, sold.IsError);
        var refused = await client.CallToolAsync("initiate_checkout", Mug(("price_cents", 0)), cancellationToken: Cancellation);
        Assert.True(refused.IsError is true);
        Assert.Equal("price_cents", Assert.NotNull(refused.StructuredContent).GetProperty("param").GetString());
    }

    private async Task<ModelContextProtocol.Protocol.Tool> ToolAsync(string name) =>
        (await Client.ListToolsAsync(cancellationToken: Cancellation)).Single(tool => tool.Name == name).ProtocolTool;

    private static string Describe(JsonProperty property) => property.Name + " " + string.Join(
        ' ',
        property.Value.EnumerateObject()
            .Where(keyword => keyword.Name != "description")
            .Select(keyword => keyword.Name == "type" ? keyword.Value.ToString() : $"{keyword.Name}={keyword.Value}"));
}
