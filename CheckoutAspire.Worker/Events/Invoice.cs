using CheckoutAspire.Orders.Ledger;



namespace CheckoutAspire.Worker.Events;

/// <summary>The part of an invoice that tells of a subscription's renewal.</summary>
internal sealed record Invoice
{
    public required string Id { get; init; }

    /// <summary><c>subscription_cycle</c> for a renewal; the first payment's <c>subscription_create</c> is its session's.</summary>
    public string? BillingReason { get; init; }

    public required string Currency { get; init; }

    public required long Subtotal { get; init; }

    public required long AmountPaid { get; init; }

    public required bool Livemode { get; init; }

    public required long Created { get; init; }

    public InvoiceParent? Parent { get; init; }

    /// <summary>The renewal as an order of its own, known by the invoice; null when the invoice is no renewal.</summary>
    public CheckoutFact? ToFact(string deployment) => BillingReason != "subscription_cycle" ? null : new CheckoutFact
    {
        SessionId = Id,
        Fact = PaymentStatusChange.Paid,
        Ours = CheckoutMetadata.IsOurs(Parent?.SubscriptionDetails?.Metadata, deployment),
        PaymentStatus = "paid",
        AmountSubtotal = Subtotal,
        AmountTotal = AmountPaid,
        Currency = Currency,
        Livemode = Livemode,
        Mode = "subscription",
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(Created),
        OrderRef = Tag(CheckoutMetadata.OrderRef),
        ProductId = Tag(CheckoutMetadata.ProductId),
    };

    private string Tag(string name) =>
        Parent?.SubscriptionDetails?.Metadata is { } metadata && metadata.TryGetValue(name, out var value) ? value : "";
}

internal sealed record InvoiceParent(SubscriptionDetails? SubscriptionDetails = null);

/// <summary>The subscription's metadata as it was when the invoice was made: ours came with the session.</summary>
internal sealed record SubscriptionDetails(IReadOnlyDictionary<string, string>? Metadata = null);
