using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Policy;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Stock;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Lists the catalog.</summary>
internal sealed class ListProductsTool(McpApiTelemetry telemetry, ILogger<ListProductsTool> logger)
    : CheckoutTool<ListProductsInput, ListProductsOutput>(
        "list_products",
        "List products",
        "Lists or searches the seller's catalog with prices. To sell a product, pass its product_id to initiate_checkout. More follow while next_cursor is present.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    private const int DefaultLimit = 20;

    protected override async Task<ListProductsOutput> RunAsync(
        ListProductsInput input, ToolCall call, CancellationToken cancellationToken)
    {
        var catalog = call.Service<ProductCatalog>();
        if (input.ProductId is { } id)
        {
            return await DescribeAsync(call, await catalog.FindVariantsAsync(id, cancellationToken), cancellationToken);
        }

        var page = await catalog.ListAsync(input.Query, input.Cursor, input.Limit ?? DefaultLimit, cancellationToken);
        return new ListProductsOutput
        {
            Products = await ListAsync(call, page.Products, ListedProduct.ShortDescription),
            NextCursor = page.NextCursor,
            Hint = page.Products.Count == 0 && input.Cursor is null ? HintOf(input.Query, call.Service<PricePolicy>().CatalogOnly) : null,
        };
    }

    private static async Task<ListProductsOutput> DescribeAsync(ToolCall call, IReadOnlyList<CatalogProduct> prices, CancellationToken cancellationToken)
    {
        if (prices.Count == 0)
        {
            throw new CheckoutException(CheckoutErrorCode.NotFound, "product_id is not in the catalog. Search with query, or omit both.", "product_id");
        }

        var listed = await ListAsync(call, prices, int.MaxValue);
        var parameters = call.Service<SessionTerms>().Of(
            prices[0].Session, prices[0].Recurring is null ? CheckoutMode.Payment : CheckoutMode.Subscription);
        return new ListProductsOutput
        {
            Products = [.. listed.Zip(prices, (shown, price) => shown with { MoreImageUrls = price.MoreImageUrls.Count > 0 ? price.MoreImageUrls : null })],
            DeliveryOptions = await call.Service<DeliveryOptions>().OfAsync(parameters, prices[0].Price.Currency, cancellationToken),
        };
    }

    private static async Task<IReadOnlyList<ListedProduct>> ListAsync(ToolCall call, IReadOnlyList<CatalogProduct> products, int descriptionLength)
    {
        var left = await call.Service<StockReservations>().LeftAsync(products.Select(product => product.InStock(units: 0)));
        return [.. products.Select(product => ListedProduct.From(product, descriptionLength) with { Left = left.TryGetValue(product.Group, out var units) ? units : null })];
    }

    private static string HintOf(string? query, bool isCatalogOnly) => (query, isCatalogOnly) switch
    {
        (not null, _) => "No product has all words of query. Use fewer or other words, or omit it.",
        (null, true) => "The catalog is empty, so that nothing can be sold. Ask the seller to add products: active Prices at Stripe, or a file named by CHECKOUT_CATALOG.",
        _ => "The catalog is empty. Sell with product_name and price_cents instead.",
    };
}

/// <summary>Arguments of <c>list_products</c>.</summary>
internal sealed record ListProductsInput
{
    [Description("Words that the id, name or description must have.")]
    [StringLength(200)]
    public string? Query { get; init; }

    [Description("Only this product, in all variants: whole description, images, delivery.")]
    [StringLength(500)]
    [Reference]
    public string? ProductId { get; init; }

    [Description("At most this many; 20 by default.")]
    [Range(1, 100)]
    [Expect("a whole number from 1 to 100")]
    public int? Limit { get; init; }

    [Description("next_cursor of the page before.")]
    [StringLength(1000)]
    public string? Cursor { get; init; }
}

/// <summary>Result of <c>list_products</c>.</summary>
internal sealed record ListProductsOutput
{
    public required IReadOnlyList<ListedProduct> Products { get; init; }

    [Description("cursor of the next page; absent after the last.")]
    public string? NextCursor { get; init; }

    [Description("With product_id.")]
    public IReadOnlyList<DeliveryOption>? DeliveryOptions { get; init; }

    [Description("What to do when there are no products.")]
    public string? Hint { get; init; }
}

/// <summary>A product in a list.</summary>
internal sealed record ListedProduct
{
    /// <summary>The length of a description in a list of several products.</summary>
    public const int ShortDescription = 200;

    public required string ProductId { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    public IReadOnlyList<string>? MoreImageUrls { get; init; }

    [Description("Price of one unit in the currency's smallest unit.")]
    public required long PriceCents { get; init; }

    public required string Currency { get; init; }

    [Description("Absent for a one-time price.")]
    public Recurrence? Recurring { get; init; }

    [Description("Most units in one checkout; absent without a limit.")]
    public long? MaxQuantity { get; init; }

    public string? Variant { get; init; }

    [Description("Same for all prices of a product, which share max_quantity and left.")]
    public string? VariantOf { get; init; }

    [Description("Units in stock; absent if not counted.")]
    public long? Left { get; init; }

    public static ListedProduct From(CatalogProduct product, int descriptionLength) => new()
    {
        ProductId = product.Id,
        Name = product.Name,
        Description = Shorten(product.Description, descriptionLength),
        ImageUrl = product.ImageUrl,
        PriceCents = product.Price.Amount,
        Currency = product.Price.Currency,
        Recurring = product.Recurring,
        MaxQuantity = product.MaxQuantity,
        Variant = product.Variant,
        VariantOf = product.Group != product.Id ? product.Group : null,
    };

    // A surrogate pair is not split.
    private static string? Shorten(string? text, int length) => text is null || text.Length <= length
        ? text
        : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + "…";
}
