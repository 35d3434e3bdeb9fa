using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Values;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace CheckoutAspire.McpApi.Tests;

public sealed class CatalogFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("catalog").FullName;

    [Fact]
    public void A_file_s_products_are_read()
    {
        var options = Read(
            """
            {
              // What the shop sells.
              "products": [
                { "id": "mug-red", "name": "Red mug", "description": "0.3 l", "image_url": "https://shop.example/mug.png",
                  "price_cents": 4999, "currency": "USD", "max_quantity": 10 },
                { "id": "tea", "name": "Tea", "price_cents": 700, "currency": "jpy", "recurring": { "interval": "month", "interval_count": 3 } },
              ]
            }
            """);

        Assert.Empty(options.ConfigurationErrors);
        Assert.False(options.UsesStripe);
        Assert.Equal(
            new CatalogProduct
            {
                Id = "mug-red",
                Name = "Red mug",
                Description = "0.3 l",
                ImageUrl = "https://shop.example/mug.png",
                Price = new Money(4999, "usd"),
                MaxQuantity = 10,
            },
            options.Products["mug-red"]);
        Assert.Equal(
            new CatalogProduct { Id = "tea", Name = "Tea", Price = new Money(700, "jpy"), Recurring = new Recurrence("month", 3) },
            options.Products["tea"]);
    }

    [Theory]
    [InlineData("""{"products":[{"name":"Mug","price_cents":1,"currency":"usd"}]}""", "'id'")]
    [InlineData("""{"products":[{"id":"","name":"Mug","price_cents":100,"currency":"usd"}]}""", "id must have 1 to 200")]
    [InlineData("""{"products":[{"id":"price_1","name":"Mug","price_cents":100,"currency":"usd"}]}""", "are reserved for Stripe's Prices")]
    [InlineData("""{"products":[{"id":"mug","name":"","price_cents":100,"currency":"usd"}]}""", "name must have")]
    [InlineData("""{"products":[{"id":"mug","name":null,"price_cents":100,"currency":"usd"}]}""", "is not a catalog")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":0,"currency":"usd"}]}""", "price_cents must be from 1")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":49.99,"currency":"usd"}]}""", "is not a catalog")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":1234,"currency":"kwd"}]}""", "multiple of 10")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"xyz"}]}""", "does not charge in the currency xyz")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"usd","max_quantity":0}]}""", "max_quantity")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"usd","image_url":"javascript:x"}]}""", "image_url")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"usd","recurring":{"interval":"hour"}}]}""", "recurring must")]
    [InlineData("""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"usd","price":1}]}""", "'price'")]
    [InlineData(
        """{"products":[{"id":"a","name":"A","price_cents":100,"currency":"usd"},{"id":"a","name":"B","price_cents":100,"currency":"usd"}]}""",
        "two products have the id a")]
    [InlineData("{}", "is not a catalog")]
    [InlineData("mug", "is not a catalog")]
    public void An_invalid_file_is_rejected_with_its_problem(string json, string reason)
    {
        var error = Assert.Single(Read(json).ConfigurationErrors);

        Assert.StartsWith("CHECKOUT_CATALOG: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal(["CHECKOUT_CATALOG: nowhere.json cannot be read."], Configure("nowhere.json").ConfigurationErrors);

    [Fact]
    public void The_example_in_the_documentation_is_a_catalog()
    {
        var options = Configure(Path.Combine(AppContext.BaseDirectory, "catalog.example.json"));

        Assert.Empty(options.ConfigurationErrors);
        Assert.Equal(["mug-red", "tea-monthly"], options.Products.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("stripe", true)]
    [InlineData("stripe, catalog.json", true)]
    [InlineData("catalog.json", false)]
    public void Stripe_s_prices_are_the_catalog_unless_only_a_file_is_named(string? sources, bool usesStripe)
    {
        File.WriteAllText(Path.Combine(_directory, "catalog.json"), """{"products":[]}""");

        var options = Configure(sources);

        Assert.Empty(options.ConfigurationErrors);
        Assert.Equal(usesStripe, options.UsesStripe);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private CatalogOptions Read(string json)
    {
        File.WriteAllText(Path.Combine(_directory, "catalog.json"), json);
        return Configure("catalog.json");
    }

    private CatalogOptions Configure(string? sources)
    {
        var options = new CatalogOptions();
        options.Read(new ConfigurationBuilder()
            .AddInMemoryCollection([new("CHECKOUT_CATALOG", sources), new(HostDefaults.ContentRootKey, _directory)])
            .Build());
        return options;
    }
}
