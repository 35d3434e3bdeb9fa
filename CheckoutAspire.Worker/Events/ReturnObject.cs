using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Worker.Events;

/// <summary>The part of a refund, a dispute or a charge that concerns an order.</summary>
internal sealed record ReturnObject
{
    public required string Id { get; init; }

    public required string Currency { get; init; }

    public string? PaymentIntent { get; init; }

    /// <summary>The amount in minor units: refunded by a refund, disputed by a dispute, paid by a charge.</summary>
    public required long Amount { get; init; }

    /// <summary>The refunded total of a charge, in minor units.</summary>
    public long AmountRefunded { get; init; }

    public string? Status { get; init; }

    /// <summary>Stripe's reason code, for example <c>fraudulent</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The fact that an event of this type reports.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="asOf">When the event was generated, or when the object was read.</param>
    /// <param name="readFromStripe">Whether it was read from Stripe's API.</param>
    /// <exception cref="UnreadableEventException">An amount is negative.</exception>
    public ReturnFact ToFact(string type, DateTimeOffset asOf, bool readFromStripe)
    {
        var isCharge = type is HandledEvents.ChargeRefunded;
        var isDispute = HandledEvents.IsAboutDispute(type);
        return new ReturnFact
        {
            Kind = isCharge ? ReturnKind.Charge : isDispute ? ReturnKind.Dispute : ReturnKind.Refund,
            Id = EventWord.Read(Id),
            Status = isCharge ? "refunded" : EventWord.Read(Status ?? DefaultStatus(type)),
            AsOf = asOf,
            Amount = (isCharge ? AmountRefunded : Amount) is >= 0 and var amount
                ? amount
                : throw new UnreadableEventException("An amount of the event is negative."),
            Currency = EventWord.Read(Currency),
            Reason = EventWord.ReadOptional(Reason),
            ReadFromStripe = readFromStripe,
        };
    }

    private static string DefaultStatus(string type) => type switch
    {
        HandledEvents.RefundFailed => "failed",
        _ when HandledEvents.IsAboutDispute(type) => "needs_response",
        _ => "succeeded",
    };
}
