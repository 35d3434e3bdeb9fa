using System.Collections.Concurrent;
using System.Globalization;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>
/// The account's active Prices as products. The whole list is read at once and cached for a minute, so that any number of browsing agents
/// costs Stripe one or two calls a minute (<see href="https://docs.stripe.com/rate-limits"/>).
/// </summary>
internal sealed class StripeCatalog(
    StripePrices prices, IOptions<CatalogOptions> options, IOptions<StripeOptions> stripe, IHostEnvironment environment, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_cacheDuration = TimeSpan.FromMinutes(1);

    // While Stripe is unreachable, an older list is served: Stripe still checks the price of each sale.
    private static readonly TimeSpan s_maxStaleness = TimeSpan.FromMinutes(15);

    private const string OptInKey = "agent";

    private readonly SemaphoreSlim _reading = new(1, 1);

    // Of Prices that the account has, so that callers cannot fill it with ids that they make up.
    private readonly ConcurrentDictionary<string, string> _currencies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long ReadAt, CatalogProduct? Product)> _found = new(StringComparer.Ordinal);
    private volatile Snapshot? _snapshot;

    /// <summary>Whether only Prices that opt in are sold to agents. By default they have to with a live key and outside development.</summary>
    public bool NeedsOptIn => options.Value.OptIn ?? (stripe.Value.SecretKey.IsLive || !environment.IsDevelopment());

    /// <summary>How many Prices agents may sell, and how many there are that could be sold.</summary>
    /// <exception cref="StripeFailure">The call to Stripe failed.</exception>
    public async Task<(int ForSale, int All)> CountAsync(CancellationToken cancellationToken)
    {
        var current = await CurrentAsync(cancellationToken);
        return (current.Products.Count, current.All);
    }

    /// <summary>Every Price that can be sold.</summary>
    /// <exception cref="StripeFailure">The call to Stripe failed.</exception>
    public async Task<IReadOnlyCollection<CatalogProduct>> ListAsync(CancellationToken cancellationToken) =>
        (await CurrentAsync(cancellationToken)).Products.Values;

    /// <summary>One Price, or null if it does not exist or cannot be sold. A Price that is newer than the cached list is found too.</summary>
    /// <exception cref="StripeFailure">The call to Stripe failed.</exception>
    public async Task<CatalogProduct?> FindAsync(string priceId, CancellationToken cancellationToken)
    {
        if (_snapshot is { } snapshot && IsNewerThan(s_cacheDuration, snapshot) && snapshot.Products.TryGetValue(priceId, out var product))
        {
            return product;
        }

        if (_found.TryGetValue(priceId, out var found) && time.GetElapsedTime(found.ReadAt) < s_cacheDuration)
        {
            return found.Product;
        }

        if (await prices.FindAsync(priceId, cancellationToken) is not { } price)
        {
            return null;
        }

        _currencies.TryAdd(priceId, price.Currency);
        var read = Read(price);
        _found[priceId] = (time.GetTimestamp(), read);
        return read;
    }

    /// <summary>The own currency of any Price, which never changes, or null if Stripe does not have the Price.</summary>
    /// <exception cref="StripeFailure">The call to Stripe failed.</exception>
    public async Task<string?> CurrencyOfAsync(string priceId, CancellationToken cancellationToken)
    {
        if (_snapshot is { } snapshot && snapshot.Products.TryGetValue(priceId, out var product))
        {
            return product.Price.Currency;
        }

        if (_currencies.TryGetValue(priceId, out var known))
        {
            return known;
        }

        return await prices.FindAsync(priceId, cancellationToken) is { } price ? _currencies.GetOrAdd(priceId, price.Currency) : null;
    }

    public void Dispose() => _reading.Dispose();

    private async Task<Snapshot> CurrentAsync(CancellationToken cancellationToken)
    {
        if (_snapshot is { } current && IsNewerThan(s_cacheDuration, current))
        {
            return current;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_snapshot is not { } other || !IsNewerThan(s_cacheDuration, other))
            {
                Price[] sellable = [.. (await prices.ListAsync(cancellationToken)).Where(CanBeSold).DistinctBy(price => price.Id)];
                var products = sellable.Select(Read).OfType<CatalogProduct>();
                _snapshot = new Snapshot(time.GetTimestamp(), sellable.Length, products.ToDictionary(product => product.Id, StringComparer.Ordinal));
            }
        }
        catch (StripeFailure) when (_snapshot is { } stale && IsNewerThan(s_maxStaleness, stale))
        {
            return stale;
        }
        finally
        {
            _reading.Release();
        }

        return _snapshot;
    }

    /// <summary>Whether a Price is active and has a fixed amount per unit: no tiers, no "pay what you want", not metered.</summary>
    private static bool CanBeSold(Price price) =>
        price is { Active: true, UnitAmount: not null, BillingScheme: "per_unit", TransformQuantity: null, Product.Active: true }
        && price.Recurring is null or { UsageType: "licensed" };

    // The seller sets metadata.agent = true on the Product, or lookup_key = agent_mug_large on the Price.
    private bool HasOptedIn(Price price) => !NeedsOptIn
        || price.Product.Metadata?.GetValueOrDefault(OptInKey) == "true"
        || (options.Value.LookupKeyPrefix is { } prefix && price.LookupKey?.StartsWith(prefix, StringComparison.Ordinal) is true);

    /// <summary>Null for a Price that cannot be sold, or not to agents.</summary>
    private CatalogProduct? Read(Price price) =>
        CanBeSold(price) && HasOptedIn(price) && price is { UnitAmount: { } amount, Product: { } product }
            ? new CatalogProduct
            {
                Id = price.Id,
                Group = product.Id,
                Name = VisibleText.Of(product.Name),
                Description = product.Description is { } description ? VisibleText.Of(description) : null,
                ImageUrl = product.Images?.FirstOrDefault(),
                MoreImageUrls = product.Images is { Count: > 1 } images ? [.. images.Skip(1)] : [],
                Price = new Money(amount, price.Currency),
                PriceId = price.Id,
                Recurring = price.Recurring is { } recurring ? new Recurrence(recurring.Interval, recurring.IntervalCount) : null,
                MaxQuantity = Count(product, "max_quantity") is > 0 and var most ? most : null,
                Stock = Count(product, "stock"),
                Variant = price.Nickname is { Length: > 0 } nickname ? VisibleText.Of(nickname) : null,
            }
            : null;

    // The seller may set numbers on the Product: metadata.max_quantity = 10, metadata.stock = 250.
    private static long? Count(Product product, string name) =>
        product.Metadata?.GetValueOrDefault(name) is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private bool IsNewerThan(TimeSpan age, Snapshot snapshot) => time.GetElapsedTime(snapshot.ReadAt) < age;

    private sealed record Snapshot(long ReadAt, int All, Dictionary<string, CatalogProduct> Products);
}
