using CheckoutAspire.Orders;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Events;

/// <summary>The part of a Checkout Session that decides about an order; everything else is skipped.</summary>
internal sealed record CheckoutSession
{
    public required string Id { get; init; }

    public required string Currency { get; init; }

    public required long AmountSubtotal { get; init; }

    public required long AmountTotal { get; init; }

    public required bool Livemode { get; init; }

    public required string PaymentStatus { get; init; }

    public string? PaymentIntent { get; init; }

    public string? Mode { get; init; }

    public required long Created { get; init; }

    public long ExpiresAt { get; init; }

    public string? ClientReferenceId { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <exception cref="UnreadableEventException">The payment status is none that Stripe documents.</exception>
    public CheckoutFact ToFact(string type, string deployment) => new()
    {
        SessionId = Id,
        Fact = Judge(type),
        Ours = CheckoutMetadata.IsOurs(Metadata, deployment),
        PaymentStatus = PaymentStatus,
        AmountSubtotal = AmountSubtotal,
        AmountTotal = AmountTotal,
        Currency = Currency,
        Livemode = Livemode,
        PaymentIntent = PaymentIntent ?? "",
        Mode = Mode ?? "",
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(Created),
        ExpiresAt = ExpiresAt,
        OrderRef = Tag(CheckoutMetadata.OrderRef),
        ProductId = Tag(CheckoutMetadata.ProductId),
        ClientReferenceId = ClientReferenceId ?? "",
    };

    /// <summary>The same of a session as Stripe's API gives it.</summary>
    public static CheckoutSession From(Session session) => new()
    {
        Id = session.Id,
        Created = new DateTimeOffset(session.Created).ToUnixTimeSeconds(),
        Currency = session.Currency,
        AmountSubtotal = session.AmountSubtotal ?? 0,
        AmountTotal = session.AmountTotal ?? 0,
        Livemode = session.Livemode,
        PaymentStatus = session.PaymentStatus,
        PaymentIntent = session.PaymentIntentId,
        Mode = session.Mode,
        ExpiresAt = new DateTimeOffset(session.ExpiresAt).ToUnixTimeSeconds(),
        ClientReferenceId = session.ClientReferenceId,
        Metadata = session.Metadata,
    };

    private string Tag(string name) => Metadata is not null && Metadata.TryGetValue(name, out var value) ? value : "";

    /// <summary>
    /// Only the payment status proves payment, by an allow-list: a status that Stripe adds later proves nothing
    /// (<see href="https://docs.stripe.com/checkout/fulfillment"/>).
    /// </summary>
    private PaymentFact Judge(string type) => (type, PaymentStatus) switch
    {
        (HandledEvents.CheckoutExpired, _) => PaymentFact.Expired,
        (HandledEvents.AsyncPaymentFailed, _) => PaymentFact.Failed,
        (_, "paid" or "no_payment_required") => PaymentFact.Paid,
        (_, "unpaid") => PaymentFact.Unpaid,
        _ => throw new UnreadableEventException("The payment_status is none that Stripe documents."),
    };
}
