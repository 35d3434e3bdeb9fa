using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The operator's limits on sales by agents. Each test has a server with its own configuration.</summary>
public sealed class PricePolicyTests(RedisFixture redis) : IAsyncLifetime
{
    private readonly string _principal = "agent-" + Guid.NewGuid();
    private StripeStub? _stripe;
    private McpApiFactory? _factory;
    private McpClient? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stripe = await StripeStub.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
            await _factory!.DisposeAsync();
        }

        await _stripe!.DisposeAsync();
    }

    [Theory]
    [InlineData("CHECKOUT_CURRENCIES=eur,gbp", "currency_not_allowed", "currency")]
    [InlineData("CHECKOUT_SESSION_MAX=eur:100000", "currency_not_allowed", "currency")]
    [InlineData("CHECKOUT_LINE_MIN=usd:5000", "amount_too_small", "price_cents")]
    [InlineData("CHECKOUT_LINE_MAX=usd:4998", "amount_too_large", "price_cents")]
    [InlineData("CHECKOUT_SESSION_MIN=usd:5000", "amount_too_small", "price_cents")]
    [InlineData("CHECKOUT_SESSION_MAX=usd:4998", "amount_too_large", "price_cents")]
    [InlineData("CHECKOUT_DAILY_CAP=usd:4998", "daily_cap_exceeded", null)]
    [InlineData("CHECKOUT_DAILY_CAP=eur:100000", "currency_not_allowed", "currency")]
    [InlineData("CHECKOUT_NAME_MAX_LENGTH=6", "text_not_allowed", "product_name")]
    [InlineData("CHECKOUT_PRICES=catalog", "price_not_allowed", "price_cents")]
    public async Task Sales_beyond_the_operators_limits_are_rejected_with_a_code_and_audited(string setting, string code, string? param)
    {
        await StartAsync(setting);

        var error = await CallAsync(McpApiTest.Mug(), isError: true);

        Assert.Equal(code, error.Code);
        Assert.Equal(param, error.Param);
        Assert.Empty(_stripe!.Calls);
        Assert.Equal(
            ["pending", code], (await AuditReader.ReadAsync(redis.Server.Connection, _principal)).Select(entry => entry["decision"]));
    }

    [Theory]
    [InlineData("CHECKOUT_PRICES=open")]
    [InlineData("CHECKOUT_CURRENCIES=USD, eur")]
    [InlineData("CHECKOUT_LINE_MIN=usd:4999 CHECKOUT_LINE_MAX=usd:4999 CHECKOUT_SESSION_MIN=usd:4999 CHECKOUT_SESSION_MAX=usd:4999")]
    [InlineData("CHECKOUT_SESSION_MIN=eur:5000")]
    [InlineData("CHECKOUT_NAME_MAX_LENGTH=7 CHECKOUT_MAX_QUANTITY=1 CHECKOUT_DAILY_CAP=usd:4999")]
    public async Task Sales_within_the_operators_limits_succeed(string settings)
    {
        await StartAsync(settings);

        await CallAsync(McpApiTest.Mug());
    }

    [Fact]
    public async Task More_units_than_allowed_are_rejected()
    {
        await StartAsync("CHECKOUT_MAX_QUANTITY=3");

        await CallAsync(McpApiTest.Mug(("quantity", 3)));
        var error = await CallAsync(McpApiTest.Mug(("quantity", 4)), isError: true);

        Assert.Equal(("quantity_not_allowed", "quantity"), (error.Code, error.Param));
    }

    [Theory]
    [InlineData("https://evil.example/pay")]
    [InlineData("Pay at www.evil.example")]
    [InlineData("Pay at evil.com instead")]
    [InlineData("evil.de/pay")]
    [InlineData("write to help@evil.example")]
    [InlineData("javascript://x")]
    [InlineData("Red \u202Egum")]
    [InlineData("Red \u2066mug\u2069")]
    [InlineData("Red\u200Bmug")]
    [InlineData("Red\u0000mug")]
    [InlineData("Red\u2028mug")]
    [InlineData("  ")]
    public async Task A_name_that_misleads_the_buyer_is_rejected(string name)
    {
        await StartAsync("CHECKOUT_PRICES=open");

        var error = await CallAsync(McpApiTest.Mug(("product_name", name)), isError: true);

        Assert.Equal(("text_not_allowed", "product_name"), (error.Code, error.Param));
        Assert.Empty(_stripe!.Calls);
    }

    [Theory]
    [InlineData("ASP.NET Core in Action, 3rd ed.")]
    [InlineData("Node.js course")]
    [InlineData("Tea 1.5 kg/bag (St. John's)")]
    [InlineData("قميص أحمر")]
    [InlineData("Family 👨‍👩‍👧 ticket")]
    [InlineData("10.000 points")]
    public async Task A_name_that_only_looks_unusual_is_sold(string name)
    {
        await StartAsync("CHECKOUT_PRICES=open");

        await CallAsync(McpApiTest.Mug(("product_name", name)));
    }

    [Fact]
    public async Task Links_may_be_allowed()
    {
        await StartAsync("CHECKOUT_NAME_LINKS=true");

        await CallAsync(McpApiTest.Mug(("product_name", "Domain evil.com for a year")));
    }

    [Fact]
    public async Task In_catalog_mode_only_the_catalog_s_prices_are_sold()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"products":[{"id":"mug","name":"Red mug","price_cents":4999,"currency":"usd"}]}""", Cancellation);
        await StartAsync("CHECKOUT_PRICES=catalog CHECKOUT_CATALOG=" + file);

        await CallAsync(new() { ["product_id"] = "mug" });
        var combined = await CallAsync(McpApiTest.Mug(("product_id", "mug"), ("price_cents", 1)), isError: true);
        var other = await CallAsync(new() { ["price_id"] = "price_1" }, isError: true);

        Assert.Equal(("price_not_allowed", "price_cents"), (combined.Code, combined.Param));
        Assert.Equal(("price_not_allowed", "price_id"), (other.Code, other.Param));
        Assert.Single(_stripe!.Calls);
    }

    [Fact]
    public async Task The_audit_names_the_rules_that_a_sale_has_passed()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"products":[{"id":"mug","name":"Red mug","price_cents":4999,"currency":"usd","max_quantity":5}]}""", Cancellation);
        await StartAsync(
            "CHECKOUT_PRICES=catalog CHECKOUT_MAX_QUANTITY=9 CHECKOUT_LINE_MAX=usd:50000,eur:40000 CHECKOUT_DAILY_CAP=usd:90000 CHECKOUT_BUYER_DAILY_CAP=usd:60000 "
            + "CHECKOUT_CATALOG=" + file);

        await CallAsync(new() { ["product_id"] = "mug" });
        await CallAsync(new() { ["product_id"] = "mug", ["buyer_ref"] = "ada" });

        const string Rules = "CHECKOUT_PRICES=catalog, CHECKOUT_MAX_QUANTITY=9, CHECKOUT_LINE_MAX=usd:50000, CHECKOUT_DAILY_CAP=usd:90000, ";
        Assert.Equal(
            [Rules + "max_quantity=5 of mug", Rules + "CHECKOUT_BUYER_DAILY_CAP=usd:60000, max_quantity=5 of mug"],
            (await AuditReader.ReadAsync(redis.Server.Connection, _principal)).Where(entry => entry["phase"] == "outcome").Select(entry => entry["rules"]));
    }

    [Fact]
    public async Task The_amount_of_a_Price_counts_as_well()
    {
        await StartAsync("CHECKOUT_SESSION_MAX=usd:1999");
        Price("price_1", 1000);
        await CallAsync(new() { ["price_id"] = "price_1", ["quantity"] = 1 });
        Price("price_1", 1000);
        var error = await CallAsync(new() { ["price_id"] = "price_1", ["quantity"] = 2 }, isError: true);

        Assert.Equal("amount_too_large", error.Code);
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_do_not_exceed_the_cap()
    {
        await StartAsync("CHECKOUT_DAILY_CAP=usd:20000");

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => _client!.CallToolAsync(
            "initiate_checkout", McpApiTest.Mug(("idempotency_key", $"sale {number}")), cancellationToken: Cancellation).AsTask()));

        Assert.Equal(4, results.Count(result => result.IsError is not true));
        Assert.Equal(4, _stripe!.SessionCount);
        var rejected = results.Where(result => result.IsError is true).Select(result => result.StructuredContent!.Value);
        Assert.All(rejected, error => Assert.Equal("daily_cap_exceeded", error.GetProperty("code").GetString()));
        Assert.All(rejected, error => Assert.InRange(error.GetProperty("retry_after").GetInt32(), 1, 86_400));
    }

    [Fact]
    public async Task A_request_that_Stripe_rejects_does_not_count_against_the_cap()
    {
        await StartAsync("CHECKOUT_DAILY_CAP=usd:4999");
        _stripe!.NextError(400, "invalid_request_error", param: "customer_email");
        await CallAsync(McpApiTest.Mug(("customer_email", "a@b")), isError: true);

        await CallAsync(McpApiTest.Mug());

        Assert.Equal("daily_cap_exceeded", (await CallAsync(McpApiTest.Mug(("quantity", 2)), isError: true)).Code);
    }

    [Fact]
    public async Task A_cap_is_each_principal_s_own()
    {
        await StartAsync("CHECKOUT_DAILY_CAP=usd:4999");
        await CallAsync(McpApiTest.Mug());
        await using var alice = await _factory!.ConnectAsync(principal: "alice");

        var sold = await alice.CallToolAsync("initiate_checkout", McpApiTest.Mug(), cancellationToken: Cancellation);

        Assert.NotEqual(true, sold.IsError);
    }

    [Fact]
    public async Task A_buyer_has_a_cap_within_that_of_the_principal()
    {
        await StartAsync("CHECKOUT_BUYER_DAILY_CAP=usd:4999 CHECKOUT_DAILY_CAP=usd:12000");
        await SellToAsync("ada", isError: false);
        _stripe!.NextError(400, "invalid_request_error", param: "customer_email");
        await CallAsync(McpApiTest.Mug(("buyer_ref", "bob"), ("customer_email", "a@b")), isError: true);

        Assert.Equal("daily_cap_exceeded", (await SellToAsync("ada", isError: true)).Code);
        await SellToAsync("bob", isError: false);
        Assert.Equal("daily_cap_exceeded", (await SellToAsync("eve", isError: true)).Code);
        Assert.Equal(2, _stripe!.SessionCount);

        Task<(string? Code, string? Param)> SellToAsync(string buyer, bool isError) =>
            CallAsync(McpApiTest.Mug(("buyer_ref", buyer), ("idempotency_key", Guid.NewGuid().ToString())), isError);
    }

    private async Task StartAsync(string settings)
    {
        _factory = new McpApiFactory(redis.Server.ConnectionString, _stripe!.Address, host =>
        {
            foreach (var setting in settings.Replace(", ", ",", StringComparison.Ordinal).Split(' '))
            {
                host.UseSetting(setting.Split('=')[0], setting.Split('=')[1]);
            }
        });
        _client = await _factory.ConnectAsync(principal: _principal);
    }

    private void Price(string id, long amount) => _stripe!.Next(async context =>
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            $$"""
            {"id":"{{id}}","object":"price","active":true,"billing_scheme":"per_unit","currency":"usd","unit_amount":{{amount}},
             "product":{"id":"prod_1","object":"product","active":true,"name":"Tea"} }
            """,
            Cancellation);
    });

    private async Task<(string? Code, string? Param)> CallAsync(Dictionary<string, object?> arguments, bool isError = false)
    {
        var result = await _client!.CallToolAsync("initiate_checkout", arguments, cancellationToken: Cancellation);
        var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        Assert.True(isError == (result.IsError is true), text);
        var content = Assert.NotNull(result.StructuredContent);
        return (
            content.TryGetProperty("code", out var code) ? code.GetString() : null,
            content.TryGetProperty("param", out var param) ? param.GetString() : null);
    }
}
