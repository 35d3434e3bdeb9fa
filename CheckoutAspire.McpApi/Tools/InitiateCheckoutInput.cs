using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// Arguments of <c>initiate_checkout</c>. The attributes are the rules that are enforced. The schema has those that every model provider accepts, so
/// that a description states the others.
/// </summary>
internal sealed record InitiateCheckoutInput
{
    // https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-line_items
    public const int MaxLineItems = 100;

    // Stripe stores 50 keys, of which the server uses the others.
    public const int MaxCallerMetadata = 43;

    [Description("Name that the buyer sees, up to 250 characters.")]
    [StringLength(250, MinimumLength = 1)]
    public string? ProductName { get; init; }

    [Description("Price of one unit in the currency's smallest unit: 4999 is 49.99 USD or 4999 JPY.")]
    [Range(1, Values.Currency.MaximumAmount)]
    [Expect("a whole number of the currency's smallest unit from 1 to 99999999: pass 4999 for 49.99 USD")]
    public long? PriceCents { get; init; }

    [Description("Units; 1 by default.")]
    [Range(1, 999_999)]
    [Expect("a whole number from 1 to 999999")]
    public long? Quantity { get; init; }

    [Description("From list_products, alone.")]
    [StringLength(500)]
    [Reference]
    public string? ProductId { get; init; }

    [Description("Your own id of the line.")]
    [StringLength(200)]
    [Reference]
    public string? CallerRef { get; init; }

    [Description("Page after paying, on an allowed origin; the server's own by default.")]
    [StringLength(2048)]
    public string? SuccessUrl { get; init; }

    [Description("Page after leaving unpaid; as success_url.")]
    [StringLength(2048)]
    public string? CancelUrl { get; init; }

    [Description("ISO 4217 code of price_cents; usd by default. Products and Prices have their own.")]
    [RegularExpression("^[A-Za-z]{3}$")]
    [Expect("a three-letter ISO 4217 code such as usd")]
    public string? Currency { get; init; }

    [Description("Id of a Stripe Price (price_…), alone.")]
    [RegularExpression("^(price|plan)_[A-Za-z0-9_]{1,240}$")]
    [Expect("the id of a Stripe Price, which starts with price_")]
    public string? PriceId { get; init; }

    [Description("subscription for a recurring price_id; otherwise omit.")]
    [AllowedValues(CheckoutMode.Payment, CheckoutMode.Subscription)]
    [Expect("payment or subscription; setup is not supported, because it saves a payment method and sells nothing")]
    public string? Mode { get; init; }

    [Description("Up to 100 lines in one currency, instead of the same arguments at the top level.")]
    [MaxLength(MaxLineItems)]
    public IReadOnlyList<LineItemInput>? LineItems { get; init; }

    [Description("Lets the buyer enter a promotion code, if the seller allows it.")]
    public bool? AllowPromotionCodes { get; init; }

    [Description("Language of the page, such as de.")]
    [StringLength(35)]
    public string? Locale { get; init; }

    [Description("Up to 43 pairs to store: keys up to 40 characters without square brackets, values up to 500.")]
    [MaxLength(MaxCallerMetadata)]
    public IReadOnlyList<MetadataInput>? Metadata { get; init; }

    [Description("Your own reference.")]
    [StringLength(200)]
    [Reference]
    public string? ClientReferenceId { get; init; }

    [Description("Buyer's, for the page.")]
    [RegularExpression(@"^[^@\s]{1,64}@[^@\s]{1,189}$")]
    [Expect("an e-mail address of at most 254 characters")]
    public string? CustomerEmail { get; init; }

    [Description("Minutes until the unpaid page closes; 31 by default.")]
    [Range(31, 1439)]
    [Expect("a whole number of minutes from 31 to 1439")]
    public int? ExpiresInMinutes { get; init; }

    [Description("elicitation: the client asks the buyer, if present, to open the page. link (default): you show it.")]
    [AllowedValues(HandOffMode.Link, HandOffMode.Elicitation)]
    [Expect("link or elicitation")]
    public string? HandOff { get; init; }

    [Description("session_id to change or extend: its page closes, this one takes its place, and what you omit stays.")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public string? Replaces { get; init; }

    [Description("Your unique key of this sale: for a day, a repeated call returns the same sale.")]
    [StringLength(255)]
    [Reference]
    public string? IdempotencyKey { get; init; }

    [Description("Your id of the buyer, if you sell to several: without idempotency_key, only the same call for the same buyer is a repetition.")]
    [StringLength(200)]
    [Reference]
    public string? BuyerRef { get; init; }

    /// <summary>The request, independent of the protocol and with its defaults. <see cref="HandOff"/> is not part of it.</summary>
    /// <exception cref="CheckoutException">Lines are given both at the top level and as a list, or a key of the metadata twice.</exception>
    /// <param name="conversation">The MCP session of the call, or null if the client has none.</param>
    public CheckoutRequest ToRequest(string? conversation = null) => new()
    {
        Lines = LineItems is { Count: > 0 } items ? ReadLines(items)
            : Replaces is not null && this is { ProductName: null, PriceCents: null, ProductId: null, PriceId: null, Quantity: null, CallerRef: null } ? []
            : [Line(ProductName, PriceCents, ProductId, PriceId, Quantity, CallerRef)],
        IsList = LineItems is { Count: > 0 },
        Replaces = Replaces,
        Currency = Currency,
        HasCurrency = Currency is not null,
        Mode = Mode,
        AllowPromotionCodes = AllowPromotionCodes ?? CheckoutRequest.DefaultAllowPromotionCodes,
        SuccessUrl = SuccessUrl,
        CancelUrl = CancelUrl,
        ExpiresInMinutes = ExpiresInMinutes ?? CheckoutRequest.DefaultExpiryMinutes,
        ClientReferenceId = ClientReferenceId,
        CustomerEmail = CustomerEmail,
        Locale = Locale,
        Metadata = ReadMetadata(Metadata ?? []),
        IdempotencyKey = IdempotencyKey,
        BuyerRef = BuyerRef,
        Conversation = conversation,
    };

    private static SortedDictionary<string, string> ReadMetadata(IReadOnlyList<MetadataInput> pairs)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < pairs.Count; index++)
        {
            if (!metadata.TryAdd(pairs[index].Key, pairs[index].Value))
            {
                var param = string.Create(CultureInfo.InvariantCulture, $"metadata[{index}].key");
                throw new CheckoutException(
                    CheckoutErrorCode.InvalidRequest, $"{param} repeats the key {pairs[index].Key}. Each key may be given once.", param);
            }
        }

        return metadata;
    }

    private IReadOnlyList<CheckoutRequestLine> ReadLines(IReadOnlyList<LineItemInput> items)
    {
        var alongside = this switch
        {
            { ProductName: not null } => "product_name",
            { PriceCents: not null } => "price_cents",
            { PriceId: not null } => "price_id",
            { ProductId: not null } => "product_id",
            { Quantity: not null } => "quantity",
            { CallerRef: not null } => "caller_ref",
            _ => null,
        };
        return alongside is null
            ? [.. items.Select(item => Line(item.ProductName, item.PriceCents, item.ProductId, item.PriceId, item.Quantity, item.CallerRef))]
            : throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest, $"{alongside} must be omitted when line_items is given, because each line has its own.", alongside);
    }

    private static CheckoutRequestLine Line(
        string? productName, long? priceCents, string? productId, string? priceId, long? quantity, string? callerRef) => new()
        {
            ProductName = productName,
            PriceCents = priceCents,
            ProductId = productId,
            PriceId = priceId,
            Quantity = quantity ?? CheckoutRequestLine.DefaultQuantity,
            CallerRef = callerRef,
        };
}
