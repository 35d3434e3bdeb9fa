using System.Globalization;
using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Protocol;
using Stripe;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>What an agent can tell the buyer before the payment page: delivery, variants and images. With the Stripe sandbox.</summary>
public sealed class DeliveryOptionTests(RedisFixture redis) : SandboxTest(redis)
{
    private readonly string _directory = Directory.CreateTempSubdirectory("delivery").FullName;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_first_answer_of_a_sale_and_the_product_have_the_delivery_options()
    {
        var rate = await new ShippingRateService(Stripe).CreateAsync(
            new ShippingRateCreateOptions
            {
                Type = "fixed_amount",
                DisplayName = "Express",
                FixedAmount = new ShippingRateFixedAmountOptions { Amount = 990, Currency = "eur" },
                DeliveryEstimate = new ShippingRateDeliveryEstimateOptions
                {
                    Minimum = new ShippingRateDeliveryEstimateMinimumOptions { Unit = "business_day", Value = 1 },
                    Maximum = new ShippingRateDeliveryEstimateMaximumOptions { Unit = "business_day", Value = 1 },
                },
            },
            cancellationToken: Cancellation);
        await StartAsync($$"""
            {
              "shipping_address_collection": { "allowed_countries": ["DE"] },
              "shipping_options": [
                { "shipping_rate_data": { "type": "fixed_amount", "display_name": "Standard", "fixed_amount": { "amount": 490, "currency": "eur" },
                  "delivery_estimate": { "minimum": { "unit": "business_day", "value": 3 }, "maximum": { "unit": "business_day", "value": 5 } } } },
                { "shipping_rate": "{{rate.Id}}" }
              ]
            }
            """);
        string[] expected = ["Standard 490 eur 3 to 5 business days", "Express 990 eur 1 business day"];

        var sold = await CallAsync("initiate_checkout", new() { ["product_id"] = "mug", ["idempotency_key"] = "k" });
        var again = await CallAsync("initiate_checkout", new() { ["product_id"] = "mug", ["idempotency_key"] = "k" });
        var product = await CallAsync("list_products", new() { ["product_id"] = "mug" });
        var subscription = await CallAsync("list_products", new() { ["product_id"] = "tea" });

        Assert.Equal(expected, Options(sold));
        Assert.Equal(expected, Options(again));
        Assert.Equal(expected, Options(product));
        Assert.False(subscription.TryGetProperty("delivery_options", out _));
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_sale_that_is_handed_off_has_the_delivery_options_too(string revision)
    {
        await StartAsync("""
            { "shipping_options": [ { "shipping_rate_data": { "type": "fixed_amount", "display_name": "Standard",
              "fixed_amount": { "amount": 490, "currency": "eur" }, "delivery_estimate": { "maximum": { "unit": "day", "value": 2 } } } } ] }
            """);
        await using var client = await Factory.ConnectAsync(revision, configure: options =>
        {
            options.Capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Url = new UrlElicitationCapability() } };
            options.Handlers.ElicitationHandler = (_, _) => ValueTask.FromResult(new ElicitResult { Action = "accept" });
        });

        var sold = await CallAsync(client, "initiate_checkout", new() { ["product_id"] = "mug", ["hand_off"] = "elicitation" });

        Assert.Equal("accepted", sold.GetProperty("hand_off").GetString());
        Assert.Equal(["Standard 490 eur up to 2 days"], Options(sold));
    }

    [Fact]
    public async Task A_rate_that_cannot_be_read_does_not_stop_a_sale()
    {
        await StartAsync("""{ "shipping_options": [ { "shipping_rate": "shr_unknown" } ] }""");

        var product = await CallAsync("list_products", new() { ["product_id"] = "mug" });

        Assert.False(product.TryGetProperty("delivery_options", out _));
    }

    [Fact]
    public async Task A_product_of_Stripe_is_shown_with_all_its_variants_and_images()
    {
        var product = await new ProductService(Stripe).CreateAsync(
            new ProductCreateOptions { Name = "Shirt", Images = ["https://shop.example/1.png", "https://shop.example/2.png"] }, cancellationToken: Cancellation);
        var other = await new ProductService(Stripe).CreateAsync(new ProductCreateOptions { Name = "Shirtless" }, cancellationToken: Cancellation);
        List<string> ids = [];
        foreach (var (owner, size) in new[] { (product, "S"), (product, "M"), (product, "L"), (other, "one") })
        {
            var price = await new PriceService(Stripe).CreateAsync(
                new PriceCreateOptions { Product = owner.Id, Currency = "eur", UnitAmount = 2000, Nickname = size }, cancellationToken: Cancellation);
            ids.Add(price.Id);
        }

        await StartAsync("{}", catalog: "stripe");

        var byPrice = (await CallAsync("list_products", new() { ["product_id"] = ids[1] })).GetProperty("products").EnumerateArray().ToArray();
        var byProduct = (await CallAsync("list_products", new() { ["product_id"] = product.Id })).GetProperty("products");

        Assert.Equal(ids[1], byPrice[0].GetProperty("product_id").GetString());
        Assert.Equal(["L", "M", "S"], byPrice.Select(shown => shown.GetProperty("variant").GetString()).Order(StringComparer.Ordinal));
        Assert.All(byPrice, shown => Assert.Equal(
            ("https://shop.example/1.png", """["https://shop.example/2.png"]"""),
            (shown.GetProperty("image_url").GetString(), shown.GetProperty("more_image_urls").GetRawText())));
        Assert.Equal(3, byProduct.GetArrayLength());
    }

    private static IEnumerable<string> Options(JsonElement answer) => answer.GetProperty("delivery_options").EnumerateArray().Select(option =>
        string.Create(CultureInfo.InvariantCulture, $"{option.GetProperty("name")} {option.GetProperty("amount")} {option.GetProperty("currency")} {option.GetProperty("estimate")}"));

    private async Task StartAsync(string template, string? catalog = null)
    {
        var products = Path.Combine(_directory, "catalog.json");
        var terms = Path.Combine(_directory, "template.json");
        await System.IO.File.WriteAllTextAsync(terms, template, Cancellation);
        await System.IO.File.WriteAllTextAsync(
            products,
            """
            { "products": [
              { "id": "mug", "name": "Mug", "price_cents": 1000, "currency": "eur" },
              { "id": "tea", "name": "Tea", "price_cents": 700, "currency": "eur", "recurring": { "interval": "month" } } ] }
            """,
            Cancellation);
        await StartAsync(builder =>
        {
            builder.UseSetting("CHECKOUT_CATALOG", catalog ?? products);
            builder.UseSetting("CHECKOUT_CATALOG_OPT_IN", "false");
            builder.UseSetting("CHECKOUT_SESSION_TEMPLATE", terms);
        });
    }
}
