using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The parameters of a session that the session object does not show: its lines, and the data for the objects that payment creates.</summary>
internal sealed class CheckoutTerms : IHasId
{
    /// <summary>The session's identifier.</summary>
    public required string Id { get; set; }

    public List<LineItem> LineItems { get; init; } = [];

    /// <summary>The currencies in which the session can be presented to the buyer; empty if its currency is fixed.</summary>
    public List<string> Currencies { get; init; } = [];

    /// <summary>The payment method types that the request named; null if Stripe chooses them.</summary>
    public List<string>? RequestedPaymentMethodTypes { get; init; }

    public SessionPaymentIntentDataOptions PaymentIntent { get; init; } = new();

    public SessionSetupIntentDataOptions SetupIntent { get; init; } = new();

    public SessionSubscriptionDataOptions Subscription { get; init; } = new();

    /// <summary>The country whose tax is added, as the buyer's address says; null while it is not known.</summary>
    public string? TaxCountry { get; set; }

    /// <summary>The intent that the first attempt created. A session in subscription mode never shows it.</summary>
    public string? PaymentIntentId { get; set; }
}
