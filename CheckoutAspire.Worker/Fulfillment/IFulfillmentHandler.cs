namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// What the merchant does for a paid order: ship, grant access, tell another system. Register one with
/// <c>builder.Services.AddFulfillmentHandler&lt;T&gt;()</c>; several run in order of registration.
/// </summary>
/// <remarks>
/// A handler runs at least once for each paid order, always with the same <see cref="PaidOrder.IdempotencyKey"/>: a crash after its
/// effect and before the commit has it run again. Give the key to the system it calls, or keep it with what it writes.
/// A handler that throws is tried again, with growing delays; one that has finished is not run again for the order.
/// </remarks>
public interface IFulfillmentHandler
{
    /// <summary>A name that stays: the ledger notes under it that the handler is done.</summary>
    string Name { get; }

    /// <summary>Fulfills one paid order.</summary>
    /// <param name="order">What was paid.</param>
    /// <param name="cancellationToken">Signaled when the worker stops, or lost its claim: another worker may run the handler then.</param>
    Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken);
}
