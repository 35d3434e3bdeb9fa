using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Stock;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>A product with a price that the seller has set.</summary>
internal sealed record CatalogProduct
{
    /// <summary>The <c>product_id</c> in tools: the id in the catalog file, or the id of the Stripe Price.</summary>
    public required string Id { get; init; }

    /// <summary>What the limits count by: the Stripe Product, which may have several Prices, or the id of a product of the catalog file.</summary>
    public string Group
    {
        get => field ?? Id;
        init;
    }

    /// <summary>The name that the buyer sees on the payment page.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The image on the payment page.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>The other images of the product.</summary>
    public IReadOnlyList<string> MoreImageUrls { get; init; } = [];

    /// <summary>The price of one unit.</summary>
    public required Money Price { get; init; }

    /// <summary>The Stripe Price; null for a product whose price is in the catalog file.</summary>
    public string? PriceId { get; init; }

    /// <summary>The billing interval; null for a one-time price.</summary>
    public Recurrence? Recurring { get; init; }

    /// <summary>The maximum number of units in one session; null for no limit.</summary>
    public long? MaxQuantity { get; init; }

    /// <summary>What tells this price from the product's others, for example <c>Large</c>; null if the seller did not name it.</summary>
    public string? Variant { get; init; }

    /// <summary>All units that are offered of <see cref="Group"/>, sold ones included; null if they are not counted.</summary>
    public long? Stock { get; init; }

    /// <summary>The product in terms of its stock.</summary>
    public StockLine InStock(long units) => new(Group, units, Stock);

    /// <summary>Parameters that this product adds to a session in which it is sold; null if it adds none.</summary>
    public SessionParameters? Session { get; init; }

    /// <summary>Whether the id, the name, the description or the variant contains a word, in upper or lower case.</summary>
    public bool Mentions(string word) => Contains(Id, word) || Contains(Name, word) || (Description is not null && Contains(Description, word))
        || (Variant is not null && Contains(Variant, word));

    private static bool Contains(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
