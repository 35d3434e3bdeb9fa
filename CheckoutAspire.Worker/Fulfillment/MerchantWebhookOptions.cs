using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The merchant's endpoint for orders: <c>FULFILLMENT_URL</c> and <c>FULFILLMENT_SECRET</c>, both or neither.</summary>
internal sealed class MerchantWebhookOptions() : SignedEndpoint("FULFILLMENT", "order data");
