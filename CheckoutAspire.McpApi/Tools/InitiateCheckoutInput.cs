using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Arguments of <c>initiate_checkout</c>. The attributes are both the schema that the model sees and the rules that are enforced.</summary>
internal sealed record InitiateCheckoutInput
{
    // https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-line_items
    public const int MaxLineItems = 100;

    // Stripe stores 50 keys, of which the server uses the others.
    public const int MaxCallerMetadata = 43;

    [Description("Name of the product, shown to the buyer on the payment page. Pass it together with price_cents. For a product of the catalogue pass product_id alone instead.")]
    [StringLength(250, MinimumLength = 1)]
    public string? ProductName { get; init; }

    [Description("Price of one unit as a whole number of the currency's smallest unit: 4999 is 49.99 USD (cents) and 4999 JPY (yen has no smaller unit). Never a decimal number.")]
    [Range(1, Values.Currency.MaximumAmount)]
    [Expect("a whole number of the currency's smallest unit from 1 to 99999999: pass 4999 for 49.99 USD")]
    public long? PriceCents { get; init; }

    [Description("Number of units.")]
    [Range(1, 999_999)]
    [DefaultValue(CheckoutRequestLine.DefaultQuantity)]
    [Expect("a whole number from 1 to 999999")]
    public long? Quantity { get; init; }

    [Description("Id of a product from list_products, sold at the seller's price: pass it alone. Together with product_name and price_cents it is the seller's own product id, stored in the session's metadata for fulfillment.")]
    [StringLength(500)]
    public string? ProductId { get; init; }

    [Description("URL that the buyer is sent to after paying. It must be on an origin that the server allows. {CHECKOUT_SESSION_ID} is replaced by the session's id. Omit it to use the server's own page.")]
    [StringLength(2048)]
    public string? SuccessUrl { get; init; }

    [Description("URL that the buyer is sent to when they leave the payment page without paying. It must be on an origin that the server allows. Omit it to use the server's own page.")]
    [StringLength(2048)]
    public string? CancelUrl { get; init; }

    [Description("Three-letter ISO 4217 code of price_cents. It may be omitted for product_id and price_id, which have their own currency.")]
    [RegularExpression("^[A-Za-z]{3}$")]
    [DefaultValue(CheckoutRequest.DefaultCurrency)]
    [Expect("a three-letter ISO 4217 code such as usd")]
    public string? Currency { get; init; }

    [Description("Id of a Stripe Price (price_…), instead of product_name and price_cents.")]
    [RegularExpression("^(price|plan)_[A-Za-z0-9_]{1,240}$")]
    [Expect("the id of a Stripe Price, which starts with price_")]
    public string? PriceId { get; init; }

    [Description("payment for a one-time sale; subscription for a recurring price, which needs product_id or price_id. If omitted, a recurring product of the catalogue is sold as a subscription and everything else as a payment.")]
    [AllowedValues(CheckoutMode.Payment, CheckoutMode.Subscription)]
    [Expect("payment or subscription; setup is not supported, because it saves a payment method and sells nothing")]
    public string? Mode { get; init; }

    [Description("The lines of a sale with more than one product: 1 to 100 lines in one currency, each with product_id alone, or product_name and price_cents, or price_id. In this case omit product_name, price_cents, product_id, price_id and quantity at the top level.")]
    [MaxLength(MaxLineItems)]
    public IReadOnlyList<LineItemInput>? LineItems { get; init; }

    [Description("Whether the buyer may enter one of the seller's promotion codes on the payment page.")]
    [DefaultValue(CheckoutRequest.DefaultAllowPromotionCodes)]
    public bool? AllowPromotionCodes { get; init; }

    [Description("Additional text to store with the session: at most 43 keys of up to 40 characters, with values of up to 500. The keys product_id, source, deployment, order_ref, owner, traceparent and fulfilled_at are reserved for the server.")]
    [MaxLength(MaxCallerMetadata)]
    [MetadataLimits(maxKeyLength: 40, maxValueLength: 500)]
    public Dictionary<string, string>? Metadata { get; init; }

    [Description("The caller's own reference of the order, for example a cart id.")]
    [StringLength(200)]
    public string? ClientReferenceId { get; init; }

    [Description("Pre-fills the buyer's e-mail address on the payment page.")]
    [RegularExpression(@"^[^@\s]{1,64}@[^@\s]{1,189}$")]
    [Expect("an e-mail address of at most 254 characters")]
    public string? CustomerEmail { get; init; }

    [Description("Minutes until the unpaid session expires.")]
    [Range(31, 1439)]
    [DefaultValue(CheckoutRequest.DefaultExpiryMinutes)]
    [Expect("a whole number of minutes from 31 to 1439")]
    public int? ExpiresInMinutes { get; init; }

    [Description("How the buyer gets the payment page. link: as checkout_url in the result, for you to show. elicitation: the client asks the buyer to open the page, and the call returns after the buyer has decided; use it only while the buyer is present. If the client does not support elicitation, you get the link.")]
    [AllowedValues(HandOffMode.Link, HandOffMode.Elicitation)]
    [DefaultValue(HandOffMode.Link)]
    [Expect("link or elicitation")]
    public string? HandOff { get; init; }

    [Description("A unique key of this sale, chosen by the caller. For at least 24 hours, a repeated call with the same key and arguments returns the same session instead of selling twice. Without a key, a call with the same arguments within 30 seconds counts as a repetition while the session is open.")]
    [StringLength(255)]
    public string? IdempotencyKey { get; init; }

    /// <summary>The request, independent of the protocol and with its defaults. <see cref="HandOff"/> is not part of it.</summary>
    /// <exception cref="CheckoutException">Lines are given both at the top level and as a list.</exception>
    public CheckoutRequest ToRequest() => new()
    {
        Lines = LineItems is { Count: > 0 } items ? ReadLines(items) : [Line(ProductName, PriceCents, ProductId, PriceId, Quantity)],
        IsList = LineItems is { Count: > 0 },
        Currency = Currency,
        Mode = Mode,
        AllowPromotionCodes = AllowPromotionCodes ?? CheckoutRequest.DefaultAllowPromotionCodes,
        SuccessUrl = SuccessUrl,
        CancelUrl = CancelUrl,
        ExpiresInMinutes = ExpiresInMinutes ?? CheckoutRequest.DefaultExpiryMinutes,
        ClientReferenceId = ClientReferenceId,
        CustomerEmail = CustomerEmail,
        Metadata = new SortedDictionary<string, string>(Metadata ?? [], StringComparer.Ordinal),
        IdempotencyKey = IdempotencyKey,
    };

    private IReadOnlyList<CheckoutRequestLine> ReadLines(IReadOnlyList<LineItemInput> items)
    {
        var alongside = this switch
        {
            { ProductName: not null } => "product_name",
            { PriceCents: not null } => "price_cents",
            { PriceId: not null } => "price_id",
            { ProductId: not null } => "product_id",
            { Quantity: not null } => "quantity",
            _ => null,
        };
        return alongside is null
            ? [.. items.Select(item => Line(item.ProductName, item.PriceCents, item.ProductId, item.PriceId, item.Quantity))]
            : throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest, $"{alongside} must be omitted when line_items is given, because each line has its own.", alongside);
    }

    private static CheckoutRequestLine Line(string? productName, long? priceCents, string? productId, string? priceId, long? quantity) => new()
    {
        ProductName = productName,
        PriceCents = priceCents,
        ProductId = productId,
        PriceId = priceId,
        Quantity = quantity ?? CheckoutRequestLine.DefaultQuantity,
    };
}

/// <summary>Limits of a metadata object's keys and values, which are <see href="https://docs.stripe.com/api/metadata">Stripe's</see>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MetadataLimitsAttribute(int maxKeyLength, int maxValueLength) : Attribute
{
    public int MaxKeyLength { get; } = maxKeyLength;

    public int MaxValueLength { get; } = maxValueLength;
}
