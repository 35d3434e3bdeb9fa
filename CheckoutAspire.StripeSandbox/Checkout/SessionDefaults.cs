using CheckoutAspire.StripeSandbox.Api;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>A new session with every field that the API version requires.</summary>
internal static class SessionDefaults
{
    public static Session New(
        string id, SessionParameters options, DateTime now, DateTime expiresAt, List<string> paymentMethodTypes) => new()
        {
            Id = id,
            Object = "checkout.session",
            AdaptivePricing = new SessionAdaptivePricing { Enabled = options.AdaptivePricing?.Enabled ?? true },
            AllowPromotionCodes = options.AllowPromotionCodes,
            AllowedPaymentMethodTypes = options.AllowedPaymentMethodTypes,
            BillingAddressCollection = options.BillingAddressCollection,
            CancelUrl = options.CancelUrl,
            ClientReferenceId = options.ClientReferenceId,
            Created = now,
            CustomerId = options.Customer,
            CustomerCreation = options.Mode == "subscription" || options.InvoiceCreation?.Enabled == true ? "always" : options.CustomerCreation ?? "if_required",
            CustomerEmail = options.CustomerEmail,
            Discounts = [],
            ExcludedPaymentMethodTypes = options.ExcludedPaymentMethodTypes,
            ExpiresAt = expiresAt,
            IntegrationIdentifier = options.IntegrationIdentifier,
            InvoiceCreation = options.Mode == "payment" ? InvoiceOf(options.InvoiceCreation?.Enabled == true) : null,
            Livemode = false,
            Locale = options.Locale,
            ManagedPayments = new SessionManagedPayments { Enabled = false },
            Metadata = ParameterRules.Merge(null, options.Metadata),
            Mode = options.Mode,
            OriginContext = options.OriginContext,
            PaymentMethodCollection = options.PaymentMethodCollection ?? (options.Mode == "subscription" ? "always" : "if_required"),
            PaymentMethodOptions = PaymentMethodTypes.OptionsOf(paymentMethodTypes),
            PaymentMethodTypes = paymentMethodTypes,
            ShippingOptions = [],
            Status = "open",
            SubmitType = options.SubmitType,
            SuccessUrl = options.SuccessUrl,
            UiMode = "hosted_page",
        };

    private static SessionInvoiceCreation InvoiceOf(bool isCreated) => new()
    {
        Enabled = isCreated,
        InvoiceData = new SessionInvoiceCreationInvoiceData { Metadata = [] },
    };
}
