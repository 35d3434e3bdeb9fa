using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A caller's request to sell, independent of its protocol and with every default applied.</summary>
internal sealed record CheckoutRequest
{
    public const string DefaultCurrency = "usd";
    public const int DefaultExpiryMinutes = 31;
    public const bool DefaultAllowPromotionCodes = false;

    public required IReadOnlyList<CheckoutRequestLine> Lines { get; init; }

    /// <summary>Whether the caller gave a list of lines, so that errors name <c>line_items[2].quantity</c> instead of <c>quantity</c>.</summary>
    public bool IsList { get; init; }

    /// <summary>The session that the new checkout replaces, or null.</summary>
    public string? Replaces { get; init; }

    /// <summary>Lower case ISO 4217 code; null for the currency of the products.</summary>
    public string? Currency
    {
        get => field ?? (Lines.All(line => line.HasOwnPrice) ? DefaultCurrency : null);
        init => field = value?.ToLowerInvariant();
    }

    /// <summary>Whether the caller chose the currency.</summary>
    [JsonIgnore]
    public bool HasCurrency { get; init; }

    /// <summary>A <see cref="Stripe.CheckoutMode"/>; null for a subscription if a product recurs, and a payment otherwise.</summary>
    public string? Mode { get; init; }

    public bool AllowPromotionCodes { get; init; } = DefaultAllowPromotionCodes;

    /// <summary>Null for this server's own page.</summary>
    public string? SuccessUrl { get; init; }

    /// <summary>Null for this server's own page.</summary>
    public string? CancelUrl { get; init; }

    public int ExpiresInMinutes { get; init; } = DefaultExpiryMinutes;

    public string? ClientReferenceId { get; init; }

    public string? CustomerEmail { get; init; }

    /// <summary>The language of the payment page, one of <see cref="Stripe.ParameterTypes.Locales"/>; null for the seller's choice or the buyer's browser.</summary>
    public string? Locale { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public string? IdempotencyKey { get; init; }

    /// <summary>The caller's own id of the buyer, or null for a caller with a single buyer.</summary>
    public string? BuyerRef { get; init; }

    /// <summary>
    /// The conversation that the request belongs to, or null if the protocol has none. A repeated request without a key is recognized only within one
    /// conversation or for one <see cref="BuyerRef"/>, because a principal may serve many buyers.
    /// </summary>
    public string? Conversation { get; init; }

    /// <summary>The order's reference, if the caller's protocol has assigned one; null for a new one.</summary>
    public string? OrderRef { get; init; }
}

/// <summary>One line of a request: a product of the catalog, a Stripe Price, or a name and a price from the caller.</summary>
internal sealed record CheckoutRequestLine
{
    public const long DefaultQuantity = 1;

    public string? ProductName { get; init; }

    public long? PriceCents { get; init; }

    public string? ProductId { get; init; }

    public string? PriceId { get; init; }

    public long Quantity { get; init; } = DefaultQuantity;

    /// <summary>The caller's own id of the line.</summary>
    public string? CallerRef { get; init; }

    /// <summary>Whether the caller sets the price. Such a line has no currency of its own.</summary>
    internal bool HasOwnPrice => PriceCents is not null && PriceId is null;

    /// <summary>Whether the line has no product: it changes the quantity of the checkout that the request replaces.</summary>
    internal bool NamesNothing => ProductName is null && PriceCents is null && ProductId is null && PriceId is null;
}
