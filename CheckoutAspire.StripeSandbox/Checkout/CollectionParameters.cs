using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Api;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The parameters of a session that ask the buyer for more than a payment.</summary>
internal static partial class CollectionParameters
{
    private const int MaximumCustomFields = 3;
    private const int MaximumOptions = 200;
    private const int MaximumLength = 255;

    private static readonly string[] s_locales =
        ("auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh "
            + "zh-HK zh-TW").Split(' ');

    public static void Check(SessionParameters options)
    {
        ParameterRules.OneOf(options.Locale, "locale", s_locales);
        ParameterRules.OneOf(options.ConsentCollection?.Promotions, "consent_collection[promotions]", "auto", "none");
        ParameterRules.OneOf(options.ConsentCollection?.TermsOfService, "consent_collection[terms_of_service]", "none", "required");
        ParameterRules.OneOf(options.TaxIdCollection?.Required, "tax_id_collection[required]", "if_supported", "never");
        ParameterRules.MaximumLength(options.CustomText?.AfterSubmit?.Message, 1200, "custom_text[after_submit][message]");
        ParameterRules.MaximumLength(options.CustomText?.ShippingAddress?.Message, 1200, "custom_text[shipping_address][message]");
        ParameterRules.MaximumLength(options.CustomText?.TermsOfServiceAcceptance?.Message, 1200, "custom_text[terms_of_service_acceptance][message]");
        Required(options.AutomaticTax is { Enabled: null }, "automatic_tax[enabled]");
        Required(options.PhoneNumberCollection is { Enabled: null }, "phone_number_collection[enabled]");
        Required(options.TaxIdCollection is { Enabled: null }, "tax_id_collection[enabled]");
        Required(options.InvoiceCreation is { Enabled: null }, "invoice_creation[enabled]");
        Required(options.ShippingAddressCollection is { AllowedCountries: not { Count: > 0 } }, "shipping_address_collection[allowed_countries]");
        foreach (var (country, index) in (options.ShippingAddressCollection?.AllowedCountries ?? []).Select((country, index) => (country, index)))
        {
            if (!Country().IsMatch(country))
            {
                throw ApiErrors.Invalid(
                    $"Invalid shipping_address_collection[allowed_countries][{index}]: must be a two-letter ISO country code.",
                    $"shipping_address_collection[allowed_countries][{index}]");
            }
        }

        // Invoices have no tax here, so that renewals would differ from the first payment.
        if (options.Mode == "subscription" && options.AutomaticTax?.Enabled == true)
        {
            throw ApiErrors.NotSimulated("automatic_tax[enabled]");
        }

        CheckCustomFields(options.CustomFields ?? []);
    }

    /// <summary>Copies what the session asks for.</summary>
    public static void Apply(Session session, SessionParameters options)
    {
        var isTaxed = options.AutomaticTax?.Enabled == true;
        session.AutomaticTax = new SessionAutomaticTax
        {
            Enabled = isTaxed,
            Liability = isTaxed ? new SessionAutomaticTaxLiability { Type = "self" } : null,
            Provider = isTaxed ? "stripe" : null,
            Status = isTaxed ? "requires_location_inputs" : null,
        };
        session.ConsentCollection = options.ConsentCollection is { } consent
            ? new SessionConsentCollection { Promotions = consent.Promotions, TermsOfService = consent.TermsOfService }
            : null;
        session.CustomFields = [.. (options.CustomFields ?? []).Select(Field)];
        session.CustomText = TextOf(options.CustomText);
        session.PhoneNumberCollection = new SessionPhoneNumberCollection { Enabled = options.PhoneNumberCollection?.Enabled == true };
        session.ShippingAddressCollection = options.ShippingAddressCollection is { } shipping
            ? new SessionShippingAddressCollection { AllowedCountries = shipping.AllowedCountries }
            : null;
        session.TaxIdCollection = options.TaxIdCollection is { } tax
            ? new SessionTaxIdCollection { Enabled = tax.Enabled == true, Required = tax.Required ?? "never" }
            : null;
    }

    private static SessionCustomText TextOf(SessionCustomTextOptions? options) => new()
    {
        AfterSubmit = options?.AfterSubmit is { Message: { } after } ? new SessionCustomTextAfterSubmit { Message = after } : null,
        ShippingAddress = options?.ShippingAddress is { Message: { } address } ? new SessionCustomTextShippingAddress { Message = address } : null,
        Submit = options?.Submit is { Message: { } submit } ? new SessionCustomTextSubmit { Message = submit } : null,
        TermsOfServiceAcceptance = options?.TermsOfServiceAcceptance is { Message: { } terms }
            ? new SessionCustomTextTermsOfServiceAcceptance { Message = terms }
            : null,
    };

    private static SessionCustomField Field(SessionCustomFieldOptions options) => new()
    {
        Dropdown = options.Type != "dropdown"
            ? null
            : new SessionCustomFieldDropdown
            {
                DefaultValue = options.Dropdown!.DefaultValue,
                Options = [.. options.Dropdown.Options.Select(option => new SessionCustomFieldDropdownOption { Label = option.Label, Value = option.Value })],
            },
        Key = options.Key,
        Label = new SessionCustomFieldLabel { Custom = options.Label.Custom, Type = options.Label.Type },
        Numeric = options.Type != "numeric"
            ? null
            : new SessionCustomFieldNumeric
            {
                DefaultValue = options.Numeric?.DefaultValue,
                MaximumLength = options.Numeric?.MaximumLength,
                MinimumLength = options.Numeric?.MinimumLength,
            },
        Optional = options.Optional == true,
        Text = options.Type != "text"
            ? null
            : new SessionCustomFieldText
            {
                DefaultValue = options.Text?.DefaultValue,
                MaximumLength = options.Text?.MaximumLength,
                MinimumLength = options.Text?.MinimumLength,
            },
        Type = options.Type,
    };

    private static void CheckCustomFields(List<SessionCustomFieldOptions> fields)
    {
        if (fields.Count > MaximumCustomFields)
        {
            throw ApiErrors.Invalid($"You may specify up to {MaximumCustomFields} custom fields.", "custom_fields");
        }

        for (var index = 0; index < fields.Count; index++)
        {
            var (field, name) = (fields[index], $"custom_fields[{index}]");
            Required(field.Key is null, $"{name}[key]");
            Required(field.Type is null, $"{name}[type]");
            Required(field.Label?.Type is null, $"{name}[label][type]");
            Required(field.Label!.Custom is null, $"{name}[label][custom]");
            ParameterRules.OneOf(field.Type, $"{name}[type]", "dropdown", "numeric", "text");
            ParameterRules.OneOf(field.Label.Type, $"{name}[label][type]", "custom");
            ParameterRules.MaximumLength(field.Label.Custom, 50, $"{name}[label][custom]");
            if (!Key().IsMatch(field.Key!) || fields.Take(index).Any(other => other.Key == field.Key))
            {
                throw ApiErrors.Invalid("Custom field keys must be unique, alphanumeric, and up to 200 characters long.", $"{name}[key]");
            }

            CheckLengths(field.Text?.MinimumLength, field.Text?.MaximumLength, $"{name}[text]");
            CheckLengths(field.Numeric?.MinimumLength, field.Numeric?.MaximumLength, $"{name}[numeric]");
            Required(field.Type == "dropdown" && field.Dropdown?.Options is not { Count: > 0 and <= MaximumOptions }, $"{name}[dropdown][options]");
            Required(field.Dropdown?.Options?.Exists(option => option.Label is null || option.Value is null) == true, $"{name}[dropdown][options]");
        }
    }

    private static void CheckLengths(long? minimum, long? maximum, string name)
    {
        if (minimum is < 0 or > MaximumLength || maximum is < 1 or > MaximumLength || minimum > maximum)
        {
            throw ApiErrors.Invalid($"The lengths of a custom field must be from 1 to {MaximumLength}, and minimum_length at most maximum_length.", name);
        }
    }

    private static void Required(bool isMissing, string parameter)
    {
        if (isMissing)
        {
            throw ApiErrors.Missing(parameter);
        }
    }

    [GeneratedRegex("^[A-Z]{2}$")]
    private static partial Regex Country();

    [GeneratedRegex("^[A-Za-z0-9_]{1,200}$")]
    private static partial Regex Key();
}
