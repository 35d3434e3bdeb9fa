using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Sales with a session template, a product that adds to it, and a caller that may set some parameters.</summary>
public sealed class SessionTermsTests(RedisFixture redis) : McpApiTest(redis)
{
    private const string Template =
        """
        {
          // Comments are allowed.
          "shipping_address_collection": { "allowed_countries": ["DE", "AT"] },
          "shipping_options": [ { "shipping_rate": "shr_1" } ],
          "phone_number_collection": { "enabled": true },
          "automatic_tax": { "enabled": false },
          "customer_creation": "always",
          "submit_type": "book",
          "payment_method_collection": "if_required",
          "payment_intent_data": { "description": "From the shop", "setup_future_usage": "off_session" },
          "subscription_data": { "description": "Tea" },
          "custom_fields": [ { "key": "gift", "label": { "type": "custom", "custom": "Gift" }, "type": "text", "optional": true } ],
          "locale": "fr",
        }
        """;

    private const string Catalog =
        """
        {
          "products": [
            { "id": "mug", "name": "Mug", "price_cents": 1000, "currency": "eur" },
            { "id": "tea", "name": "Tea", "price_cents": 700, "currency": "eur", "recurring": { "interval": "month" } },
            { "id": "engraved", "name": "Engraved mug", "price_cents": 2000, "currency": "eur", "session": {
                "custom_fields": [ { "key": "engraving", "label": { "type": "custom", "custom": "Engraving" }, "type": "text" } ],
                "shipping_address_collection": { "allowed_countries": ["AT", "CH"] },
                "submit_type": "pay" } },
            { "id": "donation", "name": "Donation", "price_cents": 500, "currency": "eur", "session": { "submit_type": "donate" } }
          ]
        }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("terms").FullName;

    private string _deployment = "";

    [Fact]
    public async Task A_session_in_payment_mode_has_the_template_s_parameters()
    {
        await SellAsync("mug");

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("DE", form["shipping_address_collection[allowed_countries][0]"]);
        Assert.Equal("shr_1", form["shipping_options[0][shipping_rate]"]);
        Assert.Equal("true", form["phone_number_collection[enabled]"]);
        Assert.Equal("always", form["customer_creation"]);
        Assert.Equal("book", form["submit_type"]);
        Assert.Equal("gift", form["custom_fields[0][key]"]);
        Assert.Equal("fr", form["locale"]);
        Assert.Equal("From the shop", form["payment_intent_data[description]"]);
        Assert.Equal(form["metadata[order_ref]"], form["payment_intent_data[metadata][order_ref]"]);
        Assert.DoesNotContain(form.Keys, name => name.StartsWith("subscription_data", StringComparison.Ordinal) || name == "payment_method_collection");
    }

    [Fact]
    public async Task A_session_in_subscription_mode_has_only_what_Stripe_takes_there()
    {
        await SellAsync("tea");

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("if_required", form["payment_method_collection"]);
        Assert.Equal("Tea", form["subscription_data[description]"]);
        Assert.Equal(form["metadata[order_ref]"], form["subscription_data[metadata][order_ref]"]);
        Assert.Equal("DE", form["shipping_address_collection[allowed_countries][0]"]);
        string[] paymentOnly = ["customer_creation", "submit_type", "shipping_options", "payment_intent_data"];
        Assert.DoesNotContain(form.Keys, name => paymentOnly.Any(parameter => name.StartsWith(parameter, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_product_adds_to_the_template()
    {
        await SellAsync("engraved");

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal(
            ["DE", "AT", "CH"], Enumerable.Range(0, 3).Select(index => form[$"shipping_address_collection[allowed_countries][{index}]"]));
        Assert.Equal(["gift", "engraving"], Enumerable.Range(0, 2).Select(index => form[$"custom_fields[{index}][key]"]));
        Assert.Equal("pay", form["submit_type"]);
    }

    [Fact]
    public async Task Products_with_different_values_are_not_sold_together()
    {
        var error = await CallForErrorAsync(
            "initiate_checkout", new() { ["line_items"] = new object[] { new { product_id = "engraved" }, new { product_id = "donation" } } });

        Assert.Equal("invalid_request", error.GetProperty("code").GetString());
        Assert.Equal("line_items", error.GetProperty("param").GetString());
        Assert.Contains("different values of submit_type", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(Stripe.Creates);
    }

    [Theory]
    [InlineData("de", "de")]
    [InlineData("de-AT", "de")]
    [InlineData("EN-gb", "en-GB")]
    [InlineData("ja", "ja")]
    public async Task The_caller_s_locale_replaces_the_template_s(string asked, string sent)
    {
        await SellAsync("mug", ("locale", asked));

        Assert.Equal(sent, Assert.Single(Stripe.Creates).Form["locale"]);
    }

    [Theory]
    [InlineData("locale", "klingon", "locale must be a language")]
    [InlineData("allow_promotion_codes", true, "for the seller to decide")]
    public async Task What_the_caller_may_not_set_is_an_error(string name, object value, string sentence)
    {
        var error = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "mug", [name] = value });

        Assert.Equal("invalid_request", error.GetProperty("code").GetString());
        Assert.Equal(name, error.GetProperty("param").GetString());
        Assert.Contains(sentence, error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(Stripe.Creates);
    }

    [Fact]
    public async Task The_template_decides_about_promotion_codes()
    {
        await using var allowing = Start("""{"allow_promotion_codes":true}""");
        await using var refusing = Start("""{"allow_promotion_codes":false}""", "allow_promotion_codes");
        await using var buyer = await allowing.ConnectAsync();
        await using var agent = await refusing.ConnectAsync();

        var sold = await CallAsync("initiate_checkout", new() { ["product_id"] = "mug", ["idempotency_key"] = Guid.NewGuid().ToString() }, buyer);
        var refused = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "mug", ["allow_promotion_codes"] = true }, agent);
        var email = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "mug", ["customer_email"] = "ada@example.com" }, agent);
        var locale = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "mug", ["locale"] = "de" }, agent);

        Assert.Equal("true", Assert.Single(Stripe.Creates).Form["allow_promotion_codes"]);
        Assert.True(await VariesAsync(sold.GetProperty("session_id").GetString()!));
        Assert.Equal(
            ["allow_promotion_codes", "customer_email", "locale"],
            new[] { refused, email, locale }.Select(error => error.GetProperty("param").GetString()!));
    }

    [Theory]
    [InlineData("""{"shipping_options":[{"shipping_rate":"shr_1"}]}""", "mug", true)]
    [InlineData("""{"shipping_options":[{"shipping_rate":"shr_1"}]}""", "tea", false)]
    [InlineData("""{"automatic_tax":{"enabled":true}}""", "tea", true)]
    [InlineData("""{"automatic_tax":{"enabled":false}}""", "mug", false)]
    [InlineData("""{"subscription_data":{"default_tax_rates":["txr_1"]}}""", "tea", true)]
    [InlineData("""{"phone_number_collection":{"enabled":true}}""", "mug", false)]
    public async Task The_total_of_an_order_varies_where_tax_or_shipping_changes_it(string template, string product, bool varies)
    {
        await using var factory = Start(template);
        await using var client = await factory.ConnectAsync();

        var sold = await CallAsync("initiate_checkout", new() { ["product_id"] = product, ["idempotency_key"] = Guid.NewGuid().ToString() }, client);

        Assert.Equal(varies, await VariesAsync(sold.GetProperty("session_id").GetString()!));
    }

    [Fact]
    public async Task A_call_that_is_repeated_after_the_template_has_changed_sends_the_stored_request()
    {
        var arguments = new Dictionary<string, object?> { ["product_id"] = "mug", ["idempotency_key"] = Guid.NewGuid().ToString() };
        Stripe.NextError(500, "api_error", header: "Stripe-Should-Retry", value: "false");
        var failed = await CallForErrorAsync("initiate_checkout", arguments);
        await using var changed = Start("""{"locale":"it"}""");
        await using var client = await changed.ConnectAsync();

        await CallAsync("initiate_checkout", arguments, client);

        Assert.Equal("stripe_error", failed.GetProperty("code").GetString());
        Assert.Equal(2, Stripe.Creates.Count);
        Assert.Equal("fr", Stripe.Creates[1].Form["locale"]);
        Assert.Equal(Stripe.Creates[0].IdempotencyKey, Stripe.Creates[1].IdempotencyKey);
        Assert.Equal(Stripe.Creates[0].Form, Stripe.Creates[1].Form);
    }

    [Fact]
    public async Task A_parameter_of_the_template_that_Stripe_rejects_is_for_the_operator()
    {
        Stripe.NextError(400, "invalid_request_error", "resource_missing", "shipping_options[0][shipping_rate]");

        var error = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "mug" });

        Assert.Equal("stripe_error", error.GetProperty("code").GetString());
        Assert.Contains("shipping_options[0][shipping_rate]", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("CHECKOUT_SESSION_TEMPLATE", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(error.TryGetProperty("param", out _));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override void Configure(IWebHostBuilder builder)
    {
        File.WriteAllText(Path.Combine(_directory, "catalog.json"), Catalog);
        builder.UseSetting("CHECKOUT_CATALOG", Path.Combine(_directory, "catalog.json"));
        Use(builder, Template);
        // The factory of a later start has the same one, so that it continues the same sales.
        _deployment = "terms-" + Guid.NewGuid().ToString("N");
        builder.UseSetting("CHECKOUT_DEPLOYMENT", _deployment);
    }

    private async Task<bool> VariesAsync(string sessionId) => (await Ledger.FindAsync(sessionId))!.TotalVaries;

    private void Use(IWebHostBuilder builder, string template)
    {
        var file = Path.Combine(_directory, Guid.NewGuid().ToString("N") + ".json");
        File.WriteAllText(file, template);
        builder.UseSetting("CHECKOUT_SESSION_TEMPLATE", file);
    }

    private McpApiFactory Start(string template, string? agentParameters = null) => new(RedisConnection, Stripe.Address, builder =>
    {
        builder.UseSetting("CHECKOUT_CATALOG", Path.Combine(_directory, "catalog.json"));
        builder.UseSetting("CHECKOUT_DEPLOYMENT", _deployment);
        builder.UseSetting("CHECKOUT_AGENT_PARAMETERS", agentParameters);
        Use(builder, template);
    });

    private Task SellAsync(string product, params (string Name, object? Value)[] more)
    {
        var arguments = new Dictionary<string, object?> { ["product_id"] = product, ["idempotency_key"] = Guid.NewGuid().ToString() };
        foreach (var (name, value) in more)
        {
            arguments[name] = value;
        }

        return CallAsync("initiate_checkout", arguments);
    }
}
