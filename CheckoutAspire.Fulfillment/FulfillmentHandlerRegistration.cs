namespace CheckoutAspire.Fulfillment;

/// <summary>A registered handler. The worker knows the names of all handlers without creating any.</summary>
/// <param name="Name">The handler's name, which is also the key of its <see cref="IFulfillmentHandler"/> in the service collection.</param>
public sealed record FulfillmentHandlerRegistration(string Name);
