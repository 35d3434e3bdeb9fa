using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Validates the parameters of a new session and creates it.</summary>
/// <remarks><see href="https://docs.stripe.com/api/checkout/sessions/create"/></remarks>
internal static class SessionCreation
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    public static Session Create(Transaction transaction, SessionParameters options, string baseUrl)
    {
        Check(transaction, options);
        var expiresAt = ExpiresAt(options.ExpiresAt, transaction.Now);
        var lines = SessionLines.Create(transaction, options);
        var currency = lines.Lines.Count > 0 ? lines.Lines[0].Currency : options.Currency?.ToLowerInvariant();
        var reduction = Discounts.Requested(transaction, options);
        var subtotal = lines.Lines.Sum(line => line.AmountSubtotal);
        var total = subtotal - (reduction is null ? 0 : Discounts.AmountOf(transaction, reduction, subtotal, currency!));
        CheckTotal(total, lines.Lines.Count > 0 ? new Currency(currency!) : null);
        var types = PaymentMethodTypes.Of(options, currency);
        var shipping = SessionShipping.Create(transaction, options, currency);

        foreach (var product in lines.Products)
        {
            transaction.Emit("product.created", transaction.Save(product));
        }

        foreach (var price in lines.Prices)
        {
            transaction.Emit("price.created", transaction.Save(price));
        }

        var id = Identifiers.New("cs_test_a1", 56);
        var session = SessionDefaults.New(id, options, transaction.Now, expiresAt, types);
        session.Url = $"{baseUrl}/c/pay/{id}#{Identifiers.NewFragment()}";
        session.Currency = currency;
        session.ShippingOptions = shipping;
        CollectionParameters.Apply(session, options);
        var terms = transaction.Save(new CheckoutTerms
        {
            Id = id,
            LineItems = lines.Lines,
            Currencies = Localization.CurrenciesOf(options.Currency, lines.Lines),
            RequestedPaymentMethodTypes = options.AllowedPaymentMethodTypes ?? options.PaymentMethodTypes,
            PaymentIntent = options.PaymentIntentData ?? new(),
            SetupIntent = options.SetupIntentData ?? new(),
            Subscription = options.SubscriptionData ?? new(),
        });
        if (options.Mode != "setup")
        {
            Amounts.Calculate(transaction, session, terms, reduction);
        }
        else
        {
            session.PaymentStatus = "no_payment_required";
            session.SetupIntentId = SetupFlow.Create(transaction, session).Id;
        }

        return transaction.Save(session);
    }

    private static void Check(Transaction transaction, SessionParameters options)
    {
        ParameterRules.OneOf(options.Mode ?? throw ApiErrors.Missing("mode"), "mode", "payment", "setup", "subscription");
        ParameterRules.OneOf(options.UiMode, "ui_mode", "elements", "embedded_page", "form", "hosted_page");
        if (options.UiMode is not (null or "hosted_page"))
        {
            throw ApiErrors.NotSimulated("ui_mode");
        }

        ParameterRules.Url(options.SuccessUrl ?? throw ApiErrors.Missing("success_url"), "success_url");
        ParameterRules.Url(options.CancelUrl, "cancel_url");
        ParameterRules.OneOf(options.SubmitType, "submit_type", "auto", "book", "donate", "pay", "subscribe");
        ParameterRules.OneOf(options.BillingAddressCollection, "billing_address_collection", "auto", "required");
        ParameterRules.OneOf(options.CustomerCreation, "customer_creation", "always", "if_required");
        ParameterRules.OneOf(options.PaymentMethodCollection, "payment_method_collection", "always", "if_required");
        ParameterRules.OneOf(options.OriginContext, "origin_context", "mobile_app", "web");
        ParameterRules.MaximumLength(options.ClientReferenceId, 200, "client_reference_id");
        ParameterRules.MaximumLength(options.IntegrationIdentifier, 200, "integration_identifier");
        ParameterRules.MaximumLength(options.CustomText?.Submit?.Message, 1200, "custom_text[submit][message]");
        ParameterRules.Metadata(options.Metadata, "metadata");
        ParameterRules.Email(options.CustomerEmail, "customer_email");
        CollectionParameters.Check(options);
        CheckCustomer(transaction, options);
        CheckModeData(options);
    }

    private static void CheckCustomer(Transaction transaction, SessionParameters options)
    {
        if (options.Customer is not { } id)
        {
            return;
        }

        ParameterRules.MaximumLength(id, 5000, "customer");
        if (options.CustomerEmail is not null)
        {
            throw ApiErrors.Invalid("You may only specify one of these parameters: customer, customer_email.", "customer_email");
        }

        if (!transaction.TryFind<Customer>(id, out var customer))
        {
            throw ApiErrors.NoSuchReference("customer", id, "customer");
        }

        // Keep a returning customer from being dropped.
        transaction.Save(customer);
    }

    private static void CheckModeData(SessionParameters options)
    {
        Refuse(options.PaymentIntentData, "payment_intent_data", "payment");
        Refuse(options.SetupIntentData, "setup_intent_data", "setup");
        Refuse(options.SubscriptionData, "subscription_data", "subscription");
        Refuse(options.CustomerCreation, "customer_creation", "payment", "setup");
        Refuse(options.InvoiceCreation, "invoice_creation", "payment");
        Refuse(options.ShippingOptions, "shipping_options", "payment");
        Refuse(options.ShippingAddressCollection, "shipping_address_collection", "payment", "subscription");
        Refuse(options.AutomaticTax, "automatic_tax", "payment", "subscription");
        Discounts.Check(options);
        Refuse(options.SubmitType, "submit_type", "payment", options.SubmitType == "subscribe" ? "subscription" : "payment");
        if (options.PaymentIntentData is { } payment)
        {
            ParameterRules.Metadata(payment.Metadata, "payment_intent_data[metadata]");
            ParameterRules.MaximumLength(payment.Description, 1000, "payment_intent_data[description]");
            ParameterRules.MaximumLength(payment.StatementDescriptor, 22, "payment_intent_data[statement_descriptor]");
            ParameterRules.MaximumLength(payment.StatementDescriptorSuffix, 22, "payment_intent_data[statement_descriptor_suffix]");
            ParameterRules.Email(payment.ReceiptEmail, "payment_intent_data[receipt_email]");
            ParameterRules.OneOf(payment.SetupFutureUsage, "payment_intent_data[setup_future_usage]", "off_session", "on_session");
            ParameterRules.OneOf(payment.CaptureMethod, "payment_intent_data[capture_method]", "automatic", "automatic_async", "manual");
            if (payment.CaptureMethod == "manual")
            {
                throw ApiErrors.NotSimulated("payment_intent_data[capture_method]");
            }

            if (payment.Shipping is { } shipping)
            {
                _ = shipping.Name ?? throw ApiErrors.Missing("payment_intent_data[shipping][name]");
                _ = shipping.Address ?? throw ApiErrors.Missing("payment_intent_data[shipping][address]");
            }
        }

        ParameterRules.Metadata(options.SetupIntentData?.Metadata, "setup_intent_data[metadata]");
        ParameterRules.MaximumLength(options.SetupIntentData?.Description, 1000, "setup_intent_data[description]");
        ParameterRules.Metadata(options.SubscriptionData?.Metadata, "subscription_data[metadata]");
        ParameterRules.MaximumLength(options.SubscriptionData?.Description, 500, "subscription_data[description]");

        void Refuse(object? value, string parameter, params ReadOnlySpan<string> modes)
        {
            if (value is not null && !modes.Contains(options.Mode))
            {
                throw ApiErrors.Invalid($"You can not pass `{parameter}` in `{options.Mode}` mode.", parameter);
            }
        }
    }

    private static DateTime ExpiresAt(DateTime? requested, DateTime now)
    {
        var expiresAt = requested ?? now + Longest;
        return expiresAt < now + Shortest
                ? throw ApiErrors.Invalid(
                    "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at")
            : expiresAt > now + Longest
                ? throw ApiErrors.Invalid(
                    "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at")
            : expiresAt;
    }

    private static void CheckTotal(long total, Currency? currency)
    {
        if (currency is null)
        {
            return;
        }

        if (total > 0 && total < currency.Minimum)
        {
            throw ApiErrors.AmountTooSmall(currency.MinimumSentence);
        }

        if (total > Currency.MaximumAmount)
        {
            throw ApiErrors.AmountTooLarge(currency.Format(Currency.MaximumAmount), "line_items");
        }
    }
}
