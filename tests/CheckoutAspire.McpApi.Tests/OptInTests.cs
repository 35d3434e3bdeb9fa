using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stripe;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Outside Development, Stripe's Prices are for sale only if the seller opts in. The Prices are the sandbox's.</summary>
public sealed class OptInTests(RedisFixture redis) : SandboxTest(redis)
{
    private static readonly string s_key = Guid.NewGuid().ToString("N");

    private readonly LogLines _log = new();

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        _log.Dispose();
        return base.DisposeAsync();
    }

    [Theory]
    [InlineData("Production", "", "agent key-a")]
    [InlineData("Production", "CHECKOUT_CATALOG_LOOKUP_KEYS=", "agent")]
    [InlineData("Production", "CHECKOUT_CATALOG_OPT_IN=false", "agent key-a other")]
    [InlineData("Development", "", "agent key-a other")]
    [InlineData("Development", "CHECKOUT_CATALOG_OPT_IN=true", "agent key-a")]
    [InlineData("Production", "CHECKOUT_PRICES=open", "agent key-a")]
    public async Task Only_prices_that_opted_in_are_listed_and_sold(string environment, string setting, string forSale)
    {
        var prices = new Dictionary<string, string>
        {
            ["agent"] = (await PriceAsync("agent", agent: "true", lookupKey: null)).Id,
            ["key-a"] = (await PriceAsync("key-a", agent: null, lookupKey: "shop_a")).Id,
            ["other"] = (await PriceAsync("other", agent: "yes", lookupKey: "ashop_b")).Id,
        };
        await StartAsync(environment, setting);

        var listed = (await CallAsync("list_products", [])).GetProperty("products").EnumerateArray().Select(product => product.GetProperty("name").GetString());
        Assert.Equal(forSale.Split(' '), listed.Order(StringComparer.Ordinal));
        foreach (var (name, id) in prices)
        {
            foreach (var argument in new[] { "price_id", "product_id" })
            {
                var isForSale = forSale.Split(' ').Contains(name);
                var answer = await CallAsync("initiate_checkout", new() { [argument] = id }, isError: !isForSale);
                Assert.True(isForSale || answer.GetProperty("code").GetString() == (argument == "price_id" ? "price_not_allowed" : "not_found"), answer.ToString());
            }
        }
    }

    [Theory]
    [InlineData("agent", LogLevel.Information, "1 of 2 Stripe Prices are for sale to agents. To offer one, set metadata agent=true")]
    [InlineData("other", LogLevel.Warning, "0 of 2 Stripe Prices are for sale to agents.")]
    public async Task The_start_says_how_many_are_for_sale_and_how_to_offer_one(string name, LogLevel level, string expected)
    {
        await PriceAsync(name, agent: name == "agent" ? "true" : null, lookupKey: null);
        await PriceAsync("second", agent: null, lookupKey: null);

        await StartAsync("Production", "");

        var line = await Eventually.GetAsync(
            () => Task.FromResult(_log.FirstOrDefault(line => line.Text.Contains("for sale to agents", StringComparison.Ordinal))), line => line.Text is not null, Cancellation);
        Assert.Equal(level, line.Level);
        Assert.StartsWith(expected, line.Text, StringComparison.Ordinal);
    }

    private Task StartAsync(string environment, string setting) => StartAsync(
        host =>
        {
            host.UseEnvironment(environment);
            host.UseSetting("CHECKOUT_API_KEYS", "seller:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(s_key))));
            host.UseSetting("CHECKOUT_CATALOG_LOOKUP_KEYS", "shop_");
            host.UseSetting("Logging:LogLevel:CheckoutAspire.McpApi.Catalog", "Information");
            if (setting.Length > 0)
            {
                host.UseSetting(setting.Split('=')[0], setting.Split('=')[1]);
            }

            host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(_log));
        },
        new() { ["X-API-Key"] = s_key });

    private async Task<Price> PriceAsync(string name, string? agent, string? lookupKey)
    {
        var product = await new ProductService(Stripe).CreateAsync(
            new ProductCreateOptions { Name = name, Metadata = agent is null ? null : new() { ["agent"] = agent } }, cancellationToken: Cancellation);
        return await new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions { Currency = "usd", UnitAmount = 1200, Product = product.Id, LookupKey = lookupKey }, cancellationToken: Cancellation);
    }

    private sealed class LogLines : ConcurrentQueue<(LogLevel Level, string Text)>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
            // The lines stay, for the test to read.
        }
    }
}
