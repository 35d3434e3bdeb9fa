namespace CheckoutAspire.McpApi.Stripe;

/// <summary>The modes of a Checkout Session that sell something; <c>setup</c> only saves a payment method.</summary>
internal static class CheckoutMode
{
    public const string Payment = "payment";
    public const string Subscription = "subscription";
}
