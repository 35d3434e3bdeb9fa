namespace CheckoutAspire.Fulfillment;

/// <summary>A paid order, as handlers and the merchant webhook receive it: everything to ship it and to write an invoice.</summary>
/// <remarks>Amounts are in the minor unit of <see cref="Currency"/>: 4999 is 49.99 USD. Members may be added; those that exist keep their meaning.</remarks>
public sealed record PaidOrder
{
    /// <summary>The id of what was paid: a Checkout Session (<c>cs_…</c>), or the invoice of a subscription's renewal (<c>in_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The same for every attempt at this order, and for no other: <c>fulfill/cs_…</c>.</summary>
    public string IdempotencyKey => "fulfill/" + Id;

    /// <summary>Increases with each claim, so that a system that remembers the highest value can reject a worker that was presumed dead.</summary>
    public required long Fence { get; init; }

    /// <summary>Our own reference, as in the session's metadata. A renewal has that of the order that began the subscription.</summary>
    public required string OrderRef { get; init; }

    /// <summary>The short number that the buyer sees, for example <c>7K3V9-QWX2M</c>. A renewal has that of the order that began the subscription.</summary>
    public string OrderNumber { get; init; } = "";

    /// <summary>The catalog's ids of all products, separated by commas and cut at 500 characters, or empty. <see cref="Lines"/> has them one by one.</summary>
    public required string ProductId { get; init; }

    /// <summary>The caller's own reference of the sale, or empty.</summary>
    public required string ClientReferenceId { get; init; }

    /// <summary>Before discounts, tax and shipping.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>What was paid.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>Lower case ISO 4217 code of what was paid.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether real money moved.</summary>
    public required bool Livemode { get; init; }

    /// <summary>Stripe's payment intent, or empty.</summary>
    public required string PaymentIntent { get; init; }

    /// <summary>The Checkout Session that made the sale. For a renewal it is the one that began the subscription, or null if that is not known.</summary>
    public string? CheckoutSession { get; init; }

    /// <summary>Stripe's mode of the session: <c>payment</c> or <c>subscription</c>.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Stripe's subscription, or null.</summary>
    public string? Subscription { get; init; }

    /// <summary>Stripe's invoice, or null.</summary>
    public string? Invoice { get; init; }

    /// <summary>The sum of all discounts.</summary>
    public long AmountDiscount { get; init; }

    /// <summary>The price of shipping, before tax.</summary>
    public long AmountShipping { get; init; }

    /// <summary>The sum of all taxes, including those that prices contain.</summary>
    public long AmountTax { get; init; }

    /// <summary>What was sold, line by line.</summary>
    public IReadOnlyList<PaidLine> Lines { get; init; } = [];

    /// <summary>The rate that the buyer chose for shipping, or null.</summary>
    public ShippingRate? ShippingRate { get; init; }

    /// <summary>The buyer, or null if Stripe has no details or personal data is kept out (<c>FULFILLMENT_PERSONAL_DATA</c>).</summary>
    public Buyer? Buyer { get; init; }

    /// <summary>Where to ship to, or null.</summary>
    public ShippingDetails? Shipping { get; init; }

    /// <summary>The billing address, or null.</summary>
    public PostalAddress? BillingAddress { get; init; }

    /// <summary>The buyer's tax ids.</summary>
    public IReadOnlyList<TaxId> TaxIds { get; init; } = [];

    /// <summary>What the buyer entered into the session's custom fields.</summary>
    public IReadOnlyList<CustomField> CustomFields { get; init; } = [];

    /// <summary>What the buyer agreed to, or null if the session did not ask.</summary>
    public Consent? Consent { get; init; }

    /// <summary>The language of the payment page, for example <c>de</c>, or null if the browser decided.</summary>
    public string? Locale { get; init; }

    /// <summary>The name of the principal that made the sale, or null if the ledger does not know it.</summary>
    public string? Principal { get; init; }

    /// <summary>The digest of that principal, as in the session's metadata, or empty.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The caller's own id of the buyer, or null.</summary>
    public string? BuyerRef { get; init; }

    /// <summary>The caller's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The order's ids only: a log must not have the buyer's data by accident.</summary>
    public override string ToString() => $"{Id} ({OrderRef})";
}
