using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Catalog;

/// <summary><c>/v1/products</c>.</summary>
internal static class ProductEndpoints
{
    private static readonly HashSet<string> Simulated =
    [
        "id", "name", "active", "description", "images", "metadata", "shippable", "statement_descriptor", "unit_label", "url", "tax_code",
        "expand",
    ];

    public static void MapProducts(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, "/products", Create);
        api.MapOperation(HttpMethods.Get, "/products", List);
        api.MapRetrieve<Product>("/products", "product");
    }

    /// <summary>Validates and creates a product, also from a price's <c>product_data</c>. The caller saves it.</summary>
    public static Product Create(Transaction transaction, ProductDraft draft, string prefix)
    {
        string Name(string name) => prefix.Length == 0 ? name : $"{prefix}[{name}]";
        var name = draft.Name ?? throw ApiErrors.Missing(Name("name"));
        ParameterRules.MaximumLength(name, 5000, Name("name"));
        ParameterRules.MaximumLength(draft.Description, 40_000, Name("description"));
        ParameterRules.MaximumLength(draft.UnitLabel, 12, Name("unit_label"));
        ParameterRules.MaximumLength(draft.TaxCode, 5000, Name("tax_code"));
        ParameterRules.Metadata(draft.Metadata, Name("metadata"));
        if (draft.Images?.Count > 8)
        {
            throw ApiErrors.Invalid("You may specify up to 8 images.", Name("images"));
        }

        foreach (var image in draft.Images ?? [])
        {
            ParameterRules.Url(image, Name("images"));
        }

        return new Product
        {
            Id = draft.Id ?? Identifiers.New("prod_", 14),
            Object = "product",
            Active = draft.Active,
            Created = transaction.Now,
            Updated = transaction.Now,
            Description = draft.Description,
            Images = draft.Images ?? [],
            MarketingFeatures = [],
            Metadata = ParameterRules.Merge(null, draft.Metadata),
            Name = name,
            TaxCodeId = draft.TaxCode,
            Type = "service",
            UnitLabel = draft.UnitLabel,
        };
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<ProductCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        if (options.Id is { } id && call.Transaction.TryFind<Product>(id, out _))
        {
            throw ApiErrors.Invalid("Product already exists.", "id");
        }

        var product = Create(
            call.Transaction,
            new ProductDraft(options.Name, options.Description, options.Images, options.Metadata, options.UnitLabel, options.TaxCode)
            {
                Id = options.Id,
                Active = options.Active ?? true,
            },
            prefix: "");
        product.Shippable = options.Shippable;
        product.StatementDescriptor = options.StatementDescriptor;
        product.Url = options.Url;
        call.Transaction.Save(product);
        call.Transaction.Emit("product.created", product);
        return call.Render(product, options);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<ProductListOptions>();
        var products = call.Transaction.NewestFirst<Product>().Where(product =>
            (options.Active is null || product.Active == options.Active)
            && (options.Ids is null || options.Ids.Contains(product.Id))
            && Pagination.Admits(options.Created, product.Created));
        return Expansion.Expand(
            call.Transaction, Pagination.Page(products, options, "product", "/v1/products", StripeJson.ToJson), options.Expand);
    }
}

/// <summary>The parameters of a product, from <c>POST /v1/products</c> or <c>product_data</c>.</summary>
internal sealed record ProductDraft(
    string? Name, string? Description, List<string>? Images, Dictionary<string, string>? Metadata, string? UnitLabel, string? TaxCode)
{
    public string? Id { get; init; }

    public bool Active { get; init; } = true;
}
