namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// What the merchant does for a paid order: ship it, grant access, notify another system. Register one with
/// <c>builder.Services.AddFulfillmentHandler&lt;T&gt;()</c>; several run in order of registration.
/// </summary>
/// <remarks>
/// A handler runs at least once for each paid order, always with the same <see cref="PaidOrder.IdempotencyKey"/>: after a crash
/// between its effect and the commit it runs again. Pass the key to the system that it calls, or store it with the data that it writes.
/// A handler that throws is tried again, with growing delays; one that has finished is not run again for the order.
/// </remarks>
public interface IFulfillmentHandler
{
    /// <summary>A name that must not change: the ledger records under it that the handler is done, and is stamped with it.</summary>
    string Name { get; }

    /// <summary>Fulfills one paid order.</summary>
    /// <param name="order">What was paid.</param>
    /// <param name="cancellationToken">Signaled when the worker stops, loses its claim, or <c>Worker__HandlerTimeout</c> is over: another worker may run the handler then.</param>
    Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken);
}
