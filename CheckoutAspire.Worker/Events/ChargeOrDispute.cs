using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Transitions;



namespace CheckoutAspire.Worker.Events;

/// <summary>The part of a charge, or of a dispute about one, that concerns an order.</summary>
internal sealed record ChargeOrDispute
{
    public required string Currency { get; init; }

    public string? PaymentIntent { get; init; }

    /// <summary>Of a charge what was paid, of a dispute what is disputed; in minor units.</summary>
    public required long Amount { get; init; }

    /// <summary>Of a charge what was refunded in all, in minor units.</summary>
    public long AmountRefunded { get; init; }

    /// <summary>Of a dispute Stripe's code, for example <c>fraudulent</c>.</summary>
    public string? Reason { get; init; }

    public (OrderNote Note, long Amount, string Detail) ToNote(string type) => type is HandledEvents.ChargeRefunded
        ? (OrderNote.Refunded, AmountRefunded, $"{AmountRefunded} of {Amount} {Currency}")
        : (OrderNote.Disputed, Amount, $"{Amount} {Currency} {Reason}".TrimEnd());
}
