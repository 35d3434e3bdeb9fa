using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Values;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Lists the catalogue.</summary>
internal sealed class ListProductsTool(McpApiTelemetry telemetry, ILogger<ListProductsTool> logger)
    : CheckoutTool<ListProductsInput, ListProductsOutput>(
        "list_products",
        "List products",
        "Lists the seller's catalog with prices. To sell a product, pass its product_id to initiate_checkout. More follow while next_cursor is present.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    private const int DefaultLimit = 20;

    protected override async Task<ListProductsOutput> RunAsync(
        ListProductsInput input, ToolCall call, CancellationToken cancellationToken)
    {
        var page = await call.Service<ProductCatalog>().ListAsync(input.Cursor, input.Limit ?? DefaultLimit, cancellationToken);
        return new ListProductsOutput { Products = [.. page.Products.Select(ListedProduct.From)], NextCursor = page.NextCursor };
    }
}

/// <summary>Arguments of <c>list_products</c>.</summary>
internal sealed record ListProductsInput
{
    [Description("Most products in a page; 20 by default.")]
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
}

/// <summary>A product in a list.</summary>
internal sealed record ListedProduct
{
    public required string ProductId { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    [Description("Price of one unit in the currency's smallest unit.")]
    public required long PriceCents { get; init; }

    public required string Currency { get; init; }

    [Description("Absent for a one-time price.")]
    public Recurrence? Recurring { get; init; }

    [Description("Most units in one checkout; absent without a limit.")]
    public long? MaxQuantity { get; init; }

    public static ListedProduct From(CatalogProduct product) => new()
    {
        ProductId = product.Id,
        Name = product.Name,
        Description = product.Description,
        ImageUrl = product.ImageUrl,
        PriceCents = product.Price.Amount,
        Currency = product.Price.Currency,
        Recurring = product.Recurring,
        MaxQuantity = product.MaxQuantity,
    };
}
