using System.Collections.Frozen;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>The sources of the products: <c>CHECKOUT_CATALOG</c> is the path of a catalog file, <c>stripe</c>, or both, separated by a comma.</summary>
public sealed class CatalogOptions : IReadOptions
{
    private const string Stripe = "stripe";

    /// <summary>Whether the account's active Stripe Prices are products.</summary>
    public bool UsesStripe { get; private set; } = true;

    internal FrozenDictionary<string, CatalogProduct> Products { get; private set; } = FrozenDictionary<string, CatalogProduct>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        if (configuration["CHECKOUT_CATALOG"] is not { Length: > 0 } configured)
        {
            return;
        }

        var sources = configured.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        UsesStripe = sources.Contains(Stripe, StringComparer.Ordinal);
        // Relative to the content root, as the host resolves it.
        var root = Path.GetFullPath(configuration[HostDefaults.ContentRootKey] ?? "", AppContext.BaseDirectory);
        List<CatalogProduct> products = [];
        foreach (var path in sources.Where(source => source != Stripe))
        {
            if (!CatalogFile.TryRead(Path.GetFullPath(path, root), products, out var error))
            {
                ConfigurationErrors = [$"CHECKOUT_CATALOG: {path} {error}"];
                return;
            }
        }

        if (products.GroupBy(product => product.Id, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            ConfigurationErrors = [$"CHECKOUT_CATALOG: two products have the id {twice.Key}."];
            return;
        }

        Products = products.ToFrozenDictionary(product => product.Id, StringComparer.Ordinal);
    }
}
