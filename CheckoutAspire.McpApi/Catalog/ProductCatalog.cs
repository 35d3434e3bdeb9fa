using System.Buffers.Text;
using System.Text;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>One page of the catalogue.</summary>
/// <param name="Products">In order of their ids.</param>
/// <param name="NextCursor">Where the next page begins; null after the last.</param>
internal sealed record CatalogPage(IReadOnlyList<CatalogProduct> Products, string? NextCursor);

/// <summary>What is sold at the seller's own prices: the catalogue file's products, Stripe's Prices, or both (<c>CHECKOUT_CATALOG</c>).</summary>
internal sealed class ProductCatalog(IOptions<CatalogOptions> options, StripeCatalog stripe)
{
    /// <summary>The product of an id, or null when there is none.</summary>
    /// <exception cref="CheckoutException">Stripe could not be asked.</exception>
    public async Task<CatalogProduct?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (options.Value.Products.TryGetValue(id, out var product))
        {
            return product;
        }

        return options.Value.UsesStripe && StripePrices.IsPriceId(id) ? await AskAsync(() => stripe.FindAsync(id, cancellationToken)) : null;
    }

    /// <summary>The products after a cursor, in order of their ids: whatever changes between two pages, none comes twice.</summary>
    /// <param name="cursor">The page before's, or null for the first page.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">The caller gave up.</param>
    /// <exception cref="CheckoutException">The cursor is none, or Stripe could not be asked.</exception>
    public async Task<CatalogPage> ListAsync(string? cursor, int limit, CancellationToken cancellationToken)
    {
        var after = cursor is null ? "" : ReadCursor(cursor);
        IEnumerable<CatalogProduct> products = options.Value.Products.Values;
        if (options.Value.UsesStripe)
        {
            products = products.Concat(await AskAsync(() => stripe.ListAsync(cancellationToken)));
        }

        CatalogProduct[] following =
        [
            .. products
                .Where(product => string.CompareOrdinal(product.Id, after) > 0)
                .OrderBy(product => product.Id, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        return following.Length > limit
            ? new CatalogPage(following[..limit], WriteCursor(following[limit - 1].Id))
            : new CatalogPage(following, NextCursor: null);
    }

    // A failure without an argument to blame: the caller named none of Stripe's parameters.
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StripeFailure failure)
        {
            throw StripeErrors.Explain(failure);
        }
    }

    private static string WriteCursor(string id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(id));

    private static string ReadCursor(string cursor) =>
        Base64Url.IsValid(cursor)
            ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor))
            : throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest, "cursor must be the next_cursor of an earlier page; leave it out for the first.", "cursor");
}
