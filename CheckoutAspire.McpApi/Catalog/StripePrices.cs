using System.Globalization;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Sessions;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>
/// The account's active Prices as products. Read in whole and kept for a minute, so that agents who browse cost Stripe a call or two a
/// minute however many they are (<see href="https://docs.stripe.com/rate-limits"/>).
/// </summary>
internal sealed class StripePrices(StripeApi stripe, IOptions<StripeTimeouts> timeouts, TimeProvider time) : IDisposable
{
    private const int PageSize = 100;
    private const int MaxPages = 20;

    private static readonly TimeSpan s_freshness = TimeSpan.FromMinutes(1);

    // While Stripe does not answer, an older list is better than none: it sells at prices that Stripe itself checks.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    private readonly PriceService _prices = new(stripe.Client);
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <summary>Whether an id has the form of a Price's: <c>price_1Mo…</c>, or <c>plan_…</c> of an older account.</summary>
    public static bool IsPriceId(string id) => id.StartsWith("price_", StringComparison.Ordinal) || id.StartsWith("plan_", StringComparison.Ordinal);

    /// <summary>Every Price that can be sold.</summary>
    /// <exception cref="StripeFailure">Stripe could not be asked.</exception>
    public async Task<IReadOnlyCollection<CatalogProduct>> ListAsync(CancellationToken cancellationToken) =>
        (await CurrentAsync(cancellationToken)).Products.Values;

    /// <summary>One Price, or null when there is none or it cannot be sold. Made a moment ago, it is found all the same.</summary>
    /// <exception cref="StripeFailure">Stripe could not be asked.</exception>
    public async Task<CatalogProduct?> FindAsync(string priceId, CancellationToken cancellationToken)
    {
        if (_snapshot is { } snapshot && IsFresh(snapshot, s_freshness) && snapshot.Products.TryGetValue(priceId, out var product))
        {
            return product;
        }

        try
        {
            var price = await stripe.CallAsync(
                "prices.retrieve",
                timeouts.Value.Lookup,
                token => _prices.GetAsync(priceId, new PriceGetOptions { Expand = ["product"] }, cancellationToken: token),
                cancellationToken);
            return Read(price);
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.NotFound)
        {
            return null;
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task<Snapshot> CurrentAsync(CancellationToken cancellationToken)
    {
        if (_snapshot is { } current && IsFresh(current, s_freshness))
        {
            return current;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_snapshot is not { } other || !IsFresh(other, s_freshness))
            {
                _snapshot = new Snapshot(
                    time.GetTimestamp(), await stripe.CallAsync("prices.list", timeouts.Value.Call, ReadAllAsync, cancellationToken));
            }
        }
        catch (StripeFailure) when (_snapshot is { } stale && IsFresh(stale, s_patience))
        {
            return stale;
        }
        finally
        {
            _reading.Release();
        }

        return _snapshot;
    }

    private async Task<Dictionary<string, CatalogProduct>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var products = new Dictionary<string, CatalogProduct>(StringComparer.Ordinal);
        var options = new PriceListOptions { Active = true, Limit = PageSize, Expand = ["data.product"] };
        for (var page = 0; page < MaxPages; page++)
        {
            var prices = await _prices.ListAsync(options, cancellationToken: cancellationToken);
            foreach (var product in prices.Select(Read).OfType<CatalogProduct>())
            {
                products[product.Id] = product;
            }

            if (!prices.HasMore)
            {
                break;
            }

            options.StartingAfter = prices.Last().Id;
        }

        return products;
    }

    /// <summary>Null for what has no fixed price for a unit, or is no longer sold: tiers, pay what you want, metered, archived.</summary>
    private static CatalogProduct? Read(Price price) =>
        price is { Active: true, UnitAmount: { } amount, BillingScheme: "per_unit", TransformQuantity: null, Product: { Active: true } product }
        && price.Recurring is null or { UsageType: "licensed" }
            ? new CatalogProduct
            {
                Id = price.Id,
                Name = product.Name,
                Description = product.Description,
                ImageUrl = product.Images?.FirstOrDefault(),
                Price = new Money(amount, price.Currency),
                PriceId = price.Id,
                Recurring = price.Recurring is { } recurring ? new Recurrence(recurring.Interval, recurring.IntervalCount) : null,
                MaxQuantity = MaxQuantity(product),
            }
            : null;

    // The seller may write it on the Product: metadata.max_quantity = 10.
    private static long? MaxQuantity(Product product) =>
        product.Metadata?.GetValueOrDefault("max_quantity") is { } text
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0
            ? most
            : null;

    private bool IsFresh(Snapshot snapshot, TimeSpan age) => time.GetElapsedTime(snapshot.ReadAt) < age;

    private sealed record Snapshot(long ReadAt, Dictionary<string, CatalogProduct> Products);
}
