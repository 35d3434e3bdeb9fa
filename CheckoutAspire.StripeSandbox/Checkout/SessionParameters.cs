using System.Text.Json.Serialization;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The parameters of <c>POST /v1/checkout/sessions</c>.</summary>
internal sealed class SessionParameters : SessionCreateOptions
{
    /// <summary>The parameters that the sandbox simulates or echoes.</summary>
    public static readonly HashSet<string> Simulated =
    [
        "adaptive_pricing", "allow_promotion_codes", "allowed_payment_method_types", "automatic_tax[enabled]", "billing_address_collection",
        "cancel_url", "client_reference_id", "consent_collection[promotions]", "consent_collection[terms_of_service]", "currency", "custom_fields",
        "custom_text", "customer", "customer_creation", "customer_email", "discounts", "excluded_payment_method_types", "expand", "expires_at", "integration_identifier", "invoice_creation[enabled]",
        "line_items[metadata]", "line_items[price]", "line_items[price_data]", "line_items[quantity]", "locale", "metadata", "mode",
        "origin_context", "payment_intent_data[capture_method]", "payment_intent_data[description]", "payment_intent_data[metadata]",
        "payment_intent_data[receipt_email]", "payment_intent_data[setup_future_usage]", "payment_intent_data[shipping]",
        "payment_intent_data[statement_descriptor]", "payment_intent_data[statement_descriptor_suffix]",
        "payment_intent_data[transfer_group]", "payment_method_collection", "payment_method_types", "phone_number_collection", "setup_intent_data[description]",
        "setup_intent_data[metadata]", "shipping_address_collection", "shipping_options", "submit_type", "subscription_data[description]", "subscription_data[metadata]", "success_url",
        "tax_id_collection", "ui_mode",
    ];

    /// <summary>Replaced by <c>allowed_payment_method_types</c> in newer API versions; the Stripe CLI still sends it.</summary>
    [JsonPropertyName("payment_method_types")]
    public List<string>? PaymentMethodTypes { get; set; }
}
