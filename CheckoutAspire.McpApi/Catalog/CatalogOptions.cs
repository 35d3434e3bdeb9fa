using System.Collections.Frozen;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>The sources of the products: <c>CHECKOUT_CATALOG</c> is the path of a catalog file, <c>stripe</c>, or both, separated by a comma.</summary>
public sealed class CatalogOptions : IReadOptions
{
    private const string Stripe = "stripe";

    /// <summary>Whether the account's active Stripe Prices are products.</summary>
    public bool UsesStripe { get; private set; } = true;

    /// <summary>Whether Stripe's Prices have to opt in (<c>CHECKOUT_CATALOG_OPT_IN</c>); null for the default.</summary>
    public bool? OptIn { get; private set; }

    /// <summary>The prefix of the <c>lookup_key</c> with which a Price opts in (<c>CHECKOUT_CATALOG_LOOKUP_KEYS</c>), or null.</summary>
    public string? LookupKeyPrefix { get; private set; }

    internal FrozenDictionary<string, CatalogProduct> Products { get; private set; } = FrozenDictionary<string, CatalogProduct>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        LookupKeyPrefix = configuration["CHECKOUT_CATALOG_LOOKUP_KEYS"] is { Length: > 0 } prefix ? prefix : null;
        switch (configuration["CHECKOUT_CATALOG_OPT_IN"])
        {
            case null or "":
                break;
            case "true" or "false":
                OptIn = configuration["CHECKOUT_CATALOG_OPT_IN"] == "true";
                break;
            default:
                ConfigurationErrors = ["CHECKOUT_CATALOG_OPT_IN must be true or false."];
                return;
        }

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
