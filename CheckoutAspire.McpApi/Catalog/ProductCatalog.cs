using System.Buffers.Text;
using System.Text;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>One page of the catalog.</summary>
/// <param name="Products">The products, ordered by id.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
internal sealed record CatalogPage(IReadOnlyList<CatalogProduct> Products, string? NextCursor);

/// <summary>The products that are sold at the seller's prices: those of the catalog file, Stripe's Prices, or both (<c>CHECKOUT_CATALOG</c>).</summary>
internal sealed class ProductCatalog(IOptions<CatalogOptions> options, StripeCatalog stripe)
{
    /// <summary>The product with this id, or null.</summary>
    /// <exception cref="CheckoutException">The call to Stripe failed.</exception>
    public async Task<CatalogProduct?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (options.Value.Products.TryGetValue(id, out var product))
        {
            return product;
        }

        return options.Value.UsesStripe && StripePrices.IsPriceId(id) ? await CallStripeAsync(() => stripe.FindAsync(id, cancellationToken)) : null;
    }

    /// <summary>The listed product with this id, or null. It never asks Stripe about the id, so a Price is found a minute after it was created.</summary>
    /// <exception cref="CheckoutException">The list could not be read from Stripe.</exception>
    public async Task<CatalogProduct?> FindListedAsync(string id, CancellationToken cancellationToken) =>
        StripePrices.IsPriceId(id) || options.Value.Products.ContainsKey(id)
            ? (await FindVariantsAsync(id, cancellationToken)).FirstOrDefault(product => product.Id == id)
            : null;

    /// <summary>
    /// The listed product with this id, followed by the other prices of the same product; empty if the product is not listed. As
    /// <see cref="FindListedAsync"/>, it never asks Stripe about the id.
    /// </summary>
    /// <param name="id">The id of one of the prices, or of the Stripe Product that they share.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    /// <exception cref="CheckoutException">The list could not be read from Stripe.</exception>
    public async Task<IReadOnlyList<CatalogProduct>> FindVariantsAsync(string id, CancellationToken cancellationToken)
    {
        if (options.Value.Products.TryGetValue(id, out var product))
        {
            return [product];
        }

        if (!options.Value.UsesStripe)
        {
            return [];
        }

        var listed = await CallStripeAsync(() => stripe.ListAsync(cancellationToken));
        var group = listed.FirstOrDefault(price => price.Id == id)?.Group ?? id;
        return [.. listed.Where(price => price.Group == group).OrderBy(price => price.Id != id).ThenBy(price => price.Id, StringComparer.Ordinal)];
    }

    /// <summary>The products after a cursor, ordered by id, so that no product appears on two pages even if the catalog changes.</summary>
    /// <param name="query">Words, each of which the id, the name or the description contains; null for every product.</param>
    /// <param name="cursor">The cursor of the previous page, or null for the first page.</param>
    /// <param name="limit">The maximum number of products.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    /// <exception cref="CheckoutException">The cursor is invalid, or the call to Stripe failed.</exception>
    public async Task<CatalogPage> ListAsync(string? query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var words = query?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        var after = cursor is null ? "" : ReadCursor(cursor);
        IEnumerable<CatalogProduct> products = options.Value.Products.Values;
        if (options.Value.UsesStripe)
        {
            products = products.Concat(await CallStripeAsync(() => stripe.ListAsync(cancellationToken)));
        }

        CatalogProduct[] following =
        [
            .. products
                .Where(product => string.CompareOrdinal(product.Id, after) > 0 && Array.TrueForAll(words, product.Mentions))
                .OrderBy(product => product.Id, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        return following.Length > limit
            ? new CatalogPage(following[..limit], WriteCursor(following[limit - 1].Id))
            : new CatalogPage(following, NextCursor: null);
    }

    // The errors name no argument, because the caller gave none of Stripe's parameters.
    private static async Task<T> CallStripeAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
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
                CheckoutErrorCode.InvalidRequest, "cursor must be the next_cursor of an earlier page. Omit it for the first page.", "cursor");
}
