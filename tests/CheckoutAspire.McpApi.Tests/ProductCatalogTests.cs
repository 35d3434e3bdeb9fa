using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Stripe;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The catalog with Prices from the Stripe sandbox.</summary>
public sealed class ProductCatalogTests(RedisFixture redis) : IAsyncLifetime
{
    private readonly SandboxServer _sandbox = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private McpApiFactory? _factory;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private StripeClient Stripe => new(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = _sandbox.ApiBase });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_factory is not null)
        {
            await _factory.DisposeAsync();
        }

        await _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Active_prices_are_products()
    {
        var product = await new ProductService(Stripe).CreateAsync(
            new ProductCreateOptions { Name = "Red mug", Description = "0.3 l", Metadata = new() { ["max_quantity"] = "5" } },
            cancellationToken: Cancellation);
        var once = await PriceAsync(price => price.Product = product.Id);
        var monthly = await PriceAsync(price =>
        {
            price.ProductData = new PriceProductDataOptions { Name = "Tea" };
            price.Recurring = new PriceRecurringOptions { Interval = "month" };
        });
        await PriceAsync(price =>
        {
            price.ProductData = new PriceProductDataOptions { Name = "Gone" };
            price.Active = false;
        });
        await PriceAsync(price => price.ProductData = new PriceProductDataOptions { Name = "Archived", Active = false });

        var page = await Catalog().ListAsync(null, null, 10, Cancellation);

        Assert.Null(page.NextCursor);
        Assert.Equal(new[] { once.Id, monthly.Id }.Order(StringComparer.Ordinal), page.Products.Select(found => found.Id));
        Assert.Equal(
            new CatalogProduct
            {
                Id = once.Id,
                Group = product.Id,
                PriceId = once.Id,
                Name = "Red mug",
                Description = "0.3 l",
                Price = new Money(1200, "eur"),
                MaxQuantity = 5,
            },
            await Catalog().FindAsync(once.Id, Cancellation));
        Assert.Equal(new Recurrence("month", 1), page.Products.Single(found => found.Id == monthly.Id).Recurring);
    }

    [Fact]
    public async Task Pages_follow_each_other_in_one_order()
    {
        var catalog = Catalog(WithFile(Enumerable.Range(0, 5)));
        var price = await PriceAsync(price => price.ProductData = new PriceProductDataOptions { Name = "Tea" });
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = await catalog.ListAsync(null, cursor, 2, Cancellation);
            Assert.InRange(page.Products.Count, 1, 2);
            seen.AddRange(page.Products.Select(product => product.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(["item-0", "item-1", "item-2", "item-3", "item-4", price.Id], seen);
    }

    [Fact]
    public async Task An_invalid_cursor_is_reported()
    {
        var exception = await Assert.ThrowsAsync<CheckoutException>(() => Catalog().ListAsync(null, "no cursor!", 2, Cancellation));

        Assert.Equal("cursor", exception.Error.Param);
    }

    [Fact]
    public async Task A_new_Price_is_found_at_once()
    {
        await Catalog().ListAsync(null, null, 10, Cancellation);
        var price = await PriceAsync(price => price.ProductData = new PriceProductDataOptions { Name = "Tea" });

        var found = await Catalog().FindAsync(price.Id, Cancellation);

        Assert.Equal("Tea", found?.Name);
        Assert.Null(await Catalog().FindAsync("price_nowhere", Cancellation));
        Assert.Null(await Catalog().FindAsync("mug", Cancellation));
    }

    [Fact]
    public async Task While_Stripe_fails_and_nothing_is_cached_the_error_has_retry_after()
    {
        await using var stub = await StripeStub.StartAsync();
        var catalog = Catalog(stripe: stub.Address);
        stub.NextError(500, "api_error");
        stub.NextError(500, "api_error");
        stub.NextError(500, "api_error");

        var exception = await Assert.ThrowsAsync<CheckoutException>(() => catalog.ListAsync(null, null, 10, Cancellation));

        Assert.Equal(CheckoutErrorCode.StripeError, exception.Error.Code);
        Assert.NotNull(exception.Error.RetryAfter);
    }

    [Fact]
    public async Task The_list_is_read_once_a_minute_and_used_while_Stripe_fails()
    {
        await using var stub = await StripeStub.StartAsync();
        stub.Next(context => context.Response.WriteAsync(
            """
            {"object":"list","has_more":false,"url":"/v1/prices","data":[{"id":"price_1","object":"price","active":true,"billing_scheme":"per_unit",
             "currency":"usd","unit_amount":700,"product":{"id":"prod_1","object":"product","active":true,"name":"Tea"}}]}
            """,
            Cancellation));
        var catalog = Catalog(stripe: stub.Address);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => catalog.ListAsync(null, null, 10, Cancellation)));
        Assert.Single(stub.Calls);
        _time.Advance(TimeSpan.FromMinutes(2));
        stub.NextError(400, "invalid_request_error");
        var stale = await catalog.ListAsync(null, null, 10, Cancellation);

        Assert.Equal(2, stub.Calls.Count);
        Assert.Equal("Tea", Assert.Single(stale.Products).Name);
    }

    private ProductCatalog Catalog(string? sources = null, string? stripe = null)
    {
        _factory ??= new McpApiFactory(
            redis.Server.ConnectionString,
            stripe ?? _sandbox.ApiBase,
            host => host
                .UseSetting("CHECKOUT_CATALOG", sources)
                .ConfigureTestServices(services => services.AddSingleton<TimeProvider>(_time)));
        return _factory.Services.GetRequiredService<ProductCatalog>();
    }

    private static string WithFile(IEnumerable<int> numbers)
    {
        var path = Path.GetTempFileName();
        System.IO.File.WriteAllText(
            path,
            $$"""{"products":[{{string.Join(',', numbers.Select(number => $$"""{"id":"item-{{number}}","name":"Item","price_cents":100,"currency":"usd"}"""))}}]}""");
        return "stripe," + path;
    }

    private Task<Price> PriceAsync(Action<PriceCreateOptions> change)
    {
        var options = new PriceCreateOptions { Currency = "eur", UnitAmount = 1200 };
        change(options);
        return new PriceService(Stripe).CreateAsync(options, cancellationToken: Cancellation);
    }
}
