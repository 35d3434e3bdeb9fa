using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stock;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Products with a count: ten mugs, and a shirt that a keeper of the seller's own counts.</summary>
public sealed class StockTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly string _catalog = Path.GetTempFileName();
    private readonly string _mug = "mug-" + Guid.NewGuid().ToString("N");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_catalog);
    }

    protected override void Configure(IWebHostBuilder builder)
    {
        File.WriteAllText(_catalog, $$"""
            {"products":[
              {"id":"{{_mug}}","name":"Red mug","price_cents":4999,"currency":"usd","stock":10},
              {"id":"tea","name":"Tea","price_cents":700,"currency":"usd"}
            ]}
            """);
        builder.UseSetting("CHECKOUT_CATALOG", _catalog);
    }

    [Fact]
    public async Task Fifty_buyers_race_for_ten_mugs_and_forty_are_refused_with_what_is_left()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(buyer => Client.CallToolAsync(
            "initiate_checkout",
            new Dictionary<string, object?> { ["product_id"] = _mug, ["idempotency_key"] = $"{_mug} {buyer}" },
            cancellationToken: Cancellation).AsTask()));

        Assert.Equal((10, 10), (results.Count(result => result.IsError is not true), Stripe.SessionCount));
        Assert.All(results.Where(result => result.IsError is true), result =>
        {
            var error = Assert.NotNull(result.StructuredContent);
            Assert.Equal(("out_of_stock", "quantity"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
            Assert.Equal("quantity is too large, because this product is sold out.", error.GetProperty("error").GetString());
        });
        Assert.Equal(0, await LeftAsync());
    }

    [Fact]
    public async Task Stock_is_right_after_a_repetition_a_payment_an_expiry_and_a_cancellation()
    {
        var (paid, expired, canceled) = (await SellAsync(3, "paid"), await SellAsync(2, "expired"), await SellAsync(1, "canceled"));
        Assert.Equal(paid, await SellAsync(3, "paid"));
        Assert.Equal(4, await LeftAsync());

        var error = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = _mug, ["quantity"] = 5 });
        Assert.Equal("quantity is too large, because 4 units of this product are left.", error.GetProperty("error").GetString());

        await Factory.ApplyAsync(paid, PaymentStatusChange.Paid);
        await CallAsync("cancel_checkout", new() { ["session_id"] = canceled });
        Assert.Equal(5, await LeftAsync());
        await Factory.ApplyAsync(expired, PaymentStatusChange.Expired);

        // What has expired is sold at once: ten less the three that are paid.
        await SellAsync(7, "rest");
        Assert.Equal(0, await LeftAsync());
    }

    [Fact]
    public async Task What_Stripe_rejects_is_not_reserved_and_what_it_may_have_sold_is()
    {
        Stripe.NextError(400, "invalid_request_error", param: "customer_email");
        await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = _mug, ["quantity"] = 10, ["customer_email"] = "a@b" });
        Assert.Equal(10, await LeftAsync());

        // The answer is lost: the session may exist.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Stripe.NextError(503, "api_error");
        }

        await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = _mug, ["quantity"] = 10, ["idempotency_key"] = _mug });
        Assert.Equal(0, await LeftAsync());

        await SellAsync(10, "");
        Assert.Equal((0, 1), (await LeftAsync(), Stripe.SessionCount));
    }

    [Fact]
    public async Task A_shortage_names_its_line_and_reserves_nothing()
    {
        var error = await CallForErrorAsync("initiate_checkout", new()
        {
            ["line_items"] = new object[] { new { product_id = _mug, quantity = 6 }, new { product_id = "tea" }, new { product_id = _mug, quantity = 5 } },
        });

        Assert.Equal(("out_of_stock", "line_items[2].quantity"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(Stripe.Calls);
        Assert.Equal(10, await LeftAsync());
    }

    [Fact]
    public async Task A_keeper_of_the_sellers_own_takes_the_place_of_the_catalogs_count()
    {
        var keeper = new Inventory();
        await using var factory = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder =>
        {
            builder.UseSetting("CHECKOUT_CATALOG", _catalog);
            builder.ConfigureTestServices(services => services.AddSingleton<IStockKeeper>(keeper));
        });
        await using var client = await factory.ConnectAsync();

        var sold = await CallAsync("initiate_checkout", new() { ["product_id"] = "tea", ["quantity"] = 2 }, client);
        var error = await CallForErrorAsync("initiate_checkout", new() { ["product_id"] = "tea", ["quantity"] = 3 }, client);
        await factory.ApplyAsync(sold.GetProperty("session_id").GetString()!, PaymentStatusChange.Paid);
        var listed = await CallAsync("list_products", new() { ["product_id"] = "tea" }, client);

        Assert.Equal("out_of_stock", error.GetProperty("code").GetString());
        Assert.Equal(2, listed.GetProperty("products")[0].GetProperty("left").GetInt64());
        Assert.Equal(new StockLine("tea", 2, null), Assert.Single(keeper.Reserved));
    }

    private async Task<string> SellAsync(int quantity, string key)
    {
        var checkout = await CallAsync(
            "initiate_checkout", new() { ["product_id"] = _mug, ["quantity"] = quantity, ["idempotency_key"] = $"{_mug}{key}" });
        return checkout.GetProperty("session_id").GetString()!;
    }

    private async Task<long> LeftAsync()
    {
        var product = (await CallAsync("list_products", new() { ["product_id"] = _mug })).GetProperty("products")[0];
        return product.GetProperty("left").GetInt64();
    }

    /// <summary>Two units of everything, in an inventory that is not Redis.</summary>
    private sealed class Inventory : IStockKeeper
    {
        public List<StockLine> Reserved { get; } = [];

        public bool Counts(StockLine line) => true;

        public Task<StockShortage?> ReserveAsync(string orderRef, IReadOnlyList<StockLine> lines)
        {
            if (lines.FirstOrDefault(line => line.Units > 2) is { } scarce)
            {
                return Task.FromResult<StockShortage?>(new StockShortage(scarce.Product, 2));
            }

            Reserved.AddRange(lines);
            return Task.FromResult<StockShortage?>(null);
        }

        public Task CommitAsync(string orderRef) => Task.CompletedTask;

        public Task ReleaseAsync(string orderRef) => Task.CompletedTask;

        public Task<IReadOnlyDictionary<string, long>> LeftAsync(IReadOnlyList<StockLine> products) =>
            Task.FromResult<IReadOnlyDictionary<string, long>>(products.ToDictionary(product => product.Product, _ => 2L, StringComparer.Ordinal));
    }
}
