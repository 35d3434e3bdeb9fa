namespace CheckoutAspire.Fulfillment;

/// <summary>
/// What the merchant does for a paid order: ship it, grant access, notify another system. Register a handler with
/// <c>builder.Services.AddFulfillmentHandler&lt;T&gt;("name")</c>; several run in order of registration.
/// </summary>
/// <remarks>
/// <para>
/// A handler runs at least once for each paid order, always with the same <see cref="PaidOrder.IdempotencyKey"/>: after a crash
/// between its effect and the commit it runs again. Pass the key to the system that it calls, or store it with the data that it writes.
/// A handler that throws is tried again, with growing delays; one that has finished is not run again for the order.
/// </para>
/// <para>
/// Each attempt at an order has a dependency injection scope of its own, so that scoped services such as a <c>DbContext</c> can be injected.
/// </para>
/// </remarks>
public interface IFulfillmentHandler
{
    /// <summary>Fulfills one paid order.</summary>
    /// <param name="order">What was paid.</param>
    /// <param name="cancellationToken">Signaled when the worker stops, loses its claim, or <c>Worker__HandlerTimeout</c> is over: another worker may run the handler then.</param>
    Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken);
}
