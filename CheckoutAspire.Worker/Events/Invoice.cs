using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Worker.Events;

/// <summary>The part of an invoice that reports a subscription's renewal, in the shape of the present API and of those before 2025-03-31.</summary>
internal sealed record Invoice
{
    public required string Id { get; init; }

    /// <summary>One of <see cref="Events.BillingReason"/>, or another.</summary>
    public string? BillingReason { get; init; }

    public required string Currency { get; init; }

    public required long Subtotal { get; init; }

    public required long AmountPaid { get; init; }

    /// <summary>What the invoice asks for, in minor units.</summary>
    public long AmountDue { get; init; }

    public required bool Livemode { get; init; }

    public required long Created { get; init; }

    public InvoiceParent? Parent { get; init; }

    /// <summary>Of API versions before 2025-03-31.</summary>
    public string? Subscription { get; init; }

    /// <summary>Of API versions before 2025-03-31.</summary>
    public SubscriptionDetails? SubscriptionDetails { get; init; }

    /// <summary>Of API versions before 2025-03-31.</summary>
    public string? PaymentIntent { get; init; }

    public bool IsRenewal => BillingReason == Events.BillingReason.Cycle;

    /// <summary>Whether the invoice is an order of its own: a renewal, or a change of the subscription that costs something.</summary>
    public bool IsOrder => IsRenewal || (Events.BillingReason.IsChange(BillingReason) && (AmountPaid > 0 || AmountDue > 0));

    public string? SubscriptionId => Parent?.SubscriptionDetails?.Subscription ?? Subscription;

    public IReadOnlyDictionary<string, string>? Metadata => (Parent?.SubscriptionDetails ?? SubscriptionDetails)?.Metadata;

    /// <summary>The renewal as an order of its own, known by the invoice.</summary>
    /// <param name="type">The event's type: the invoice was paid, or a payment of it failed.</param>
    /// <param name="stripe">The account and the installation's name.</param>
    /// <param name="sale">The order of the session that began the subscription; null when the ledger does not have it.</param>
    /// <param name="asOf">When the event was generated; null when the invoice was read from a list.</param>
    /// <param name="source">What reported it.</param>
    public CheckoutFact ToFact(string type, StripeOptions stripe, Order? sale, DateTimeOffset? asOf, string source) => new()
    {
        SessionId = EventWord.Read(Id),
        Source = source,
        IsRenewal = true,
        Fact = type is HandledEvents.InvoicePaymentFailed ? PaymentStatusChange.Failed : PaymentStatusChange.Paid,
        AsOf = asOf,
        Origin = sale is not null ? SaleOrigin.Proven : CheckoutMetadata.IsOurs(Metadata, stripe.Deployment) ? SaleOrigin.Claimed : SaleOrigin.Foreign,
        Suspicion = sale is null ? ""
            : !IsRenewal ? "the invoice is for a change of the subscription, which was not sold here"
            : RenewalRules.Check(sale, EventWord.Read(Currency), Subtotal, AmountPaid) ?? "",
        PaymentStatus = type is HandledEvents.InvoicePaymentFailed ? "unpaid" : "paid",
        AmountSubtotal = Subtotal,
        AmountTotal = type is HandledEvents.InvoicePaymentFailed ? AmountDue : AmountPaid,
        TotalVaries = true,
        Currency = EventWord.Read(Currency),
        Livemode = Livemode,
        PaymentIntent = EventWord.ReadOptional(PaymentIntent),
        Mode = "subscription",
        CreatedAt = EventTime.Read(Created),
        OrderRef = sale?.OrderRef ?? SaleMetadata.Tag(Metadata, CheckoutMetadata.OrderRef),
        Owner = sale?.Owner ?? SaleMetadata.Tag(Metadata, CheckoutMetadata.Owner),
        ProductId = sale?.ProductId ?? SaleMetadata.Tag(Metadata, CheckoutMetadata.ProductId),
        ClientReferenceId = sale?.ClientReferenceId ?? "",
    };
}

internal sealed record InvoiceParent(SubscriptionDetails? SubscriptionDetails = null);

/// <summary>The subscription, with its metadata when the invoice was created. Our metadata came with the session.</summary>
internal sealed record SubscriptionDetails(IReadOnlyDictionary<string, string>? Metadata = null, string? Subscription = null);
