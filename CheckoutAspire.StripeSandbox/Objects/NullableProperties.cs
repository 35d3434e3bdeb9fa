using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>
/// Which unset properties Stripe writes as <c>null</c> and which it omits. The source is the types of the npm package
/// <c>stripe</c> 23.1.0: <c>name: T | null</c> is written, <c>name?: T</c> is omitted.
/// </summary>
internal static class NullableProperties
{
    /// <summary>The omitted properties by kind of object; every other property is written.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> Omitted = Table(
        ("checkout.session", "branding_settings excluded_payment_method_types line_items name_collection phone_number_collection "
            + "presentment_details redirect_on_completion return_url tax_id_collection"),
        ("payment_intent", "amount_details hooks payment_details presentment_details transfer_data"),
        ("charge", "authorization_code level3 presentment_details radar_options refunds transfer"),
        ("item", "discounts taxes"),
        ("checkout.session.custom_fields", "dropdown numeric text"),
        ("checkout.session.shipping_cost", "taxes"),
        ("invoice.shipping_cost", "taxes"),
        ("shipping_rate", "deleted fixed_amount"),
        ("shipping_rate.fixed_amount", "currency_options"),
        ("refund", "description destination_details failure_balance_transaction failure_reason instructions_email next_action pending_reason "
            + "presentment_details"),
        ("dispute", "network_reason_code payment_method_details"),
        ("dispute.evidence", "appeal"),
        ("dispute.evidence.enhanced_evidence", "mastercard_compliance visa_compelling_evidence_3 visa_compliance"),
        ("dispute.evidence_details.enhanced_eligibility", "mastercard_compliance visa_compelling_evidence_3 visa_compliance"),
        ("dispute.payment_method_details", "amazon_pay card klarna paypal"),
        ("invoice_payment.payment", "charge payment_intent payment_record"),
        ("webhook_endpoint", "deleted secret"),
        ("price", "currency_options deleted tiers"),
        ("product", "deleted"),
        ("coupon", "applies_to currency_options deleted"),
        ("promotion_code.restrictions", "currency_options"),
        ("customer", "business_name cash_balance deleted individual_name invoice_credit_balance next_invoice_sequence sources subscriptions "
            + "tax tax_ids"),
        ("subscription", "presentment_details status_details"),
        ("subscription_item", "billed_until deleted"),
        ("plan", "deleted tiers"),
        ("invoice", "amount_paid_off_stripe deleted payments status_details threshold_reason"),
        ("setup_intent", "attach_to_self"),
        ("account", "business_type capabilities company controller deleted external_accounts future_requirements groups individual metadata "
            + "requirements settings tos_acceptance"));

    /// <summary>The written properties by place; every other property is omitted.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> Written = Table(
        ("account.business_profile", "mcc minority_owned_business_designation name specified_commercial_transactions_act_url "
            + "support_address support_email support_phone support_url url"),
        ("charge.fraud_details", ""),
        ("charge.outcome", "advice_code network_advice_code network_decline_code network_status reason seller_message"),
        ("charge.payment_method_details", ""),
        ("charge.payment_method_details.card", "amount_authorized authorization_code brand checks country electronic_commerce_indicator funding "
            + "installments last4 mandate network network_transaction_id regulated_status three_d_secure transaction_link_id wallet"),
        ("charge.payment_method_details.sepa_debit", "bank_code branch_code country fingerprint last4 mandate"),
        ("charge.payment_method_details.us_bank_account",
            "account_holder_type account_type bank_name fingerprint last4 payment_reference routing_number"),
        ("checkout.session.automatic_tax.liability", ""),
        ("checkout.session.payment_method_options", ""),
        ("checkout.session.payment_method_options.card", ""),
        ("checkout.session.total_details", "amount_shipping"),
        ("checkout.session.payment_method_options.us_bank_account", ""),
        ("invoice.issuer", ""),
        ("payment_intent.last_payment_error", ""),
        ("payment_intent.next_action", ""),
        ("payment_intent.payment_method_options", ""),
        ("payment_intent.payment_method_options.card", "installments mandate_options network request_three_d_secure"),
        ("payment_method", "customer customer_account metadata"),
        ("refund.destination_details", ""),
        ("refund.destination_details.card", ""),
        ("setup_intent.last_setup_error", ""),
        ("setup_intent.next_action", ""),
        ("setup_intent.payment_method_options", ""),
        ("setup_intent.payment_method_options.card", "mandate_options network request_three_d_secure"),
        ("subscription.invoice_settings.issuer", ""));

    /// <param name="place">The kind of the object and the path within it: <c>charge.payment_method_details.card</c>.</param>
    /// <param name="property">The unset property.</param>
    public static bool IsWritten(string place, string property) =>
        Written.TryGetValue(place, out var written) ? written.Contains(property)
        : !Omitted.TryGetValue(place, out var omitted) || !omitted.Contains(property);

    /// <summary>Whether the property is in a response only if the request expands it.</summary>
    public static bool IsOnlyExpanded(string place, string property) => (place, property) is
        ("price", "currency_options") or ("shipping_rate.fixed_amount", "currency_options") or ("item", "taxes")
        or ("checkout.session.shipping_cost", "taxes");

    private static FrozenDictionary<string, FrozenSet<string>> Table(params ReadOnlySpan<(string Place, string Properties)> rows)
    {
        var table = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal);
        foreach (var (place, properties) in rows)
        {
            table.Add(place, properties.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal));
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
