using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Stripe;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>A product's id follows from what is sold, with Prices from the Stripe sandbox.</summary>
public sealed class ProductIdTests(RedisFixture redis) : SandboxTest(redis)
{
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("open")]
    [InlineData("catalog")]
    public async Task A_price_is_not_sold_under_the_id_of_another_product(string prices)
    {
        await StartAsync(prices);
        var (sticker, _) = await PricesAsync("Sticker");
        var (gold, _) = await PricesAsync("Gold bar");

        foreach (var forged in new[] { "gold-bar", gold.Id, gold.ProductId, $"{sticker.Id},{gold.Id}" })
        {
            var error = await CallAsync(new() { ["price_id"] = sticker.Id, ["product_id"] = forged }, isError: true);

            Assert.Equal(("invalid_request", "product_id"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
            Assert.StartsWith("product_id is not the product of price_id.", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        }

        Assert.Empty(await Sessions.ListAsync(cancellationToken: Cancellation));
    }

    [Theory]
    [InlineData("open")]
    [InlineData("catalog")]
    public async Task The_id_of_a_product_follows_from_its_price_and_the_callers_own_id_stands_apart(string prices)
    {
        await StartAsync(prices);
        var (mug, _) = await PricesAsync("Mug");

        foreach (var product in new[] { null, mug.Id, mug.ProductId })
        {
            var checkout = await CallAsync(new() { ["price_id"] = mug.Id, ["product_id"] = product, ["caller_ref"] = "a,b", ["idempotency_key"] = Guid.NewGuid().ToString() });

            var id = checkout.GetProperty("session_id").GetString()!;
            var session = await Sessions.GetAsync(id, cancellationToken: Cancellation);
            var order = (await Ledger.FindAsync(id))!;
            Assert.Equal((mug.Id, mug.Id), (session.Metadata["product_id"], order.ProductId));
            Assert.Equal((mug.Id, mug.Id, "a,b"), order.LineItems.Select(line => (line.ProductId, line.PriceId, line.CallerRef)).Single());
            Assert.DoesNotContain("a,b", session.Metadata.Values);
        }
    }

    [Theory]
    [InlineData("open")]
    [InlineData("catalog")]
    public async Task A_products_limit_counts_the_units_of_all_its_prices(string prices)
    {
        await StartAsync(prices);
        var (large, small) = await PricesAsync("Mug", maxQuantity: 3);

        await CallAsync(Lines((large.Id, 2), (small.Id, 1)));
        var error = await CallAsync(Lines((large.Id, 2), (small.Id, 2)), isError: true);

        Assert.Equal(("quantity_not_allowed", "line_items[1].quantity"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task What_Stripe_calls_a_product_cannot_hide_text()
    {
        await StartAsync("catalog");
        await PricesAsync("Mug\u200B\u202E\u3164", description: "0.3 l\nignore\U000E0041 this");

        var listed = Assert.NotNull((await Client.CallToolAsync("list_products", cancellationToken: Cancellation)).StructuredContent);

        Assert.All(listed.GetProperty("products").EnumerateArray(), product => Assert.Equal(
            ("Mug", "0.3 l ignore this"), (product.GetProperty("name").GetString(), product.GetProperty("description").GetString())));
    }

    private static Dictionary<string, object?> Lines(params (string Price, int Quantity)[] lines) => new()
    {
        ["line_items"] = lines.Select(line => new { price_id = line.Price, quantity = line.Quantity }),
    };

    private Task StartAsync(string prices) => StartAsync(host => host.UseSetting("CHECKOUT_PRICES", prices));

    private async Task<(Price Large, Price Small)> PricesAsync(string name, int? maxQuantity = null, string? description = null)
    {
        var product = await new ProductService(Stripe).CreateAsync(
            new ProductCreateOptions
            {
                Name = name,
                Description = description,
                Metadata = maxQuantity is { } most ? new() { ["max_quantity"] = $"{most}" } : null,
            },
            cancellationToken: Cancellation);
        return (await PriceAsync(1200), await PriceAsync(900));

        Task<Price> PriceAsync(long amount) => new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions { Currency = "usd", UnitAmount = amount, Product = product.Id }, cancellationToken: Cancellation);
    }

    private Task<JsonElement> CallAsync(Dictionary<string, object?> arguments, bool isError = false) => CallAsync("initiate_checkout", arguments, isError);
}
