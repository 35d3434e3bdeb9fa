using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Client;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ListProductsTests(RedisFixture redis) : IAsyncLifetime
{
    private static readonly string s_story = string.Concat(Enumerable.Repeat("Thrown by hand in Café. ", 20));

    private static readonly string s_products = JsonSerializer.Serialize(new
    {
        products = new object[]
        {
            new { id = "mug-blue", name = "Blue mug", price_cents = 3000, currency = "usd", description = s_story },
            new { id = "mug-red", name = "Red mug", price_cents = 4999, currency = "usd" },
            new { id = "tea", name = "Green tea", price_cents = 700, currency = "usd", description = "For a mug." },
        },
    });

    private readonly string _file = Path.GetTempFileName();
    private McpApiFactory? _factory;
    private McpClient? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _client!.DisposeAsync();
        await _factory!.DisposeAsync();
        File.Delete(_file);
    }

    [Theory]
    [InlineData(null, "mug-blue mug-red tea")]
    [InlineData("mug", "mug-blue mug-red tea")]
    [InlineData("MUG red", "mug-red")]
    [InlineData("CAFÉ hand", "mug-blue")]
    [InlineData("tea-", "")]
    public async Task A_query_finds_the_products_that_have_all_its_words(string? query, string expected)
    {
        var listed = await ListAsync(s_products, new() { ["query"] = query });

        Assert.Equal(expected, string.Join(' ', Ids(listed)));
        Assert.Equal(expected.Length == 0, listed.TryGetProperty("hint", out var hint));
        Assert.True(expected.Length > 0 || hint.GetString()!.Contains("query", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_of_a_search_continues_the_search()
    {
        var first = await ListAsync(s_products, new() { ["query"] = "red", ["limit"] = 1 });
        var many = await CallAsync(new() { ["query"] = "mug", ["limit"] = 2 });
        var rest = await CallAsync(new() { ["query"] = "mug", ["limit"] = 2, ["cursor"] = many.GetProperty("next_cursor").GetString() });

        Assert.False(first.TryGetProperty("next_cursor", out _));
        Assert.Equal(["mug-blue", "mug-red", "tea"], Ids(many).Concat(Ids(rest)));
    }

    [Fact]
    public async Task One_product_has_its_whole_description_and_a_list_the_beginning()
    {
        var listed = await ListAsync(s_products, new() { ["query"] = "blue" });
        var single = await CallAsync(new() { ["product_id"] = "mug-blue" });

        Assert.Equal(s_story[..200] + "…", listed.GetProperty("products")[0].GetProperty("description").GetString());
        Assert.Equal(s_story, single.GetProperty("products")[0].GetProperty("description").GetString());
    }

    [Fact]
    public async Task An_unknown_product_is_named()
    {
        await ListAsync(s_products, []);

        var result = await _client!.CallToolAsync("list_products", new Dictionary<string, object?> { ["product_id"] = "cup" }, cancellationToken: Cancellation);

        var error = Assert.NotNull(result.StructuredContent);
        Assert.Equal(("not_found", "product_id"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData("open", "product_name and price_cents")]
    [InlineData("catalog", "add products")]
    public async Task An_empty_catalog_says_what_to_do(string prices, string expected)
    {
        var listed = await ListAsync("""{ "products": [] }""", [], prices);

        Assert.Empty(Ids(listed));
        Assert.Contains(expected, listed.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> ListAsync(string catalog, Dictionary<string, object?> arguments, string prices = "open")
    {
        await File.WriteAllTextAsync(_file, catalog, Cancellation);
        _factory = new McpApiFactory(redis.Server.ConnectionString, "http://127.0.0.1:1", builder =>
        {
            builder.UseSetting("CHECKOUT_CATALOG", _file);
            builder.UseSetting("CHECKOUT_PRICES", prices);
        });
        _client = await _factory.ConnectAsync();
        return await CallAsync(arguments);
    }

    private async Task<JsonElement> CallAsync(Dictionary<string, object?> arguments) =>
        Assert.NotNull((await _client!.CallToolAsync("list_products", arguments, cancellationToken: Cancellation)).StructuredContent);

    private static IEnumerable<string> Ids(JsonElement listed) =>
        listed.GetProperty("products").EnumerateArray().Select(product => product.GetProperty("product_id").GetString()!);
}
