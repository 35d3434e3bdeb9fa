using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Catalog;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The shipping options of a session.</summary>
/// <remarks><see href="https://docs.stripe.com/payments/during-payment/charge-shipping"/></remarks>
internal static class SessionShipping
{
    private const int Maximum = 5;

    /// <summary>Validates the options and creates the rates that are given inline.</summary>
    public static List<SessionShippingOption> Create(Transaction transaction, SessionParameters options, string? currency)
    {
        if (options.ShippingOptions?.Count > Maximum)
        {
            throw ApiErrors.Invalid($"You may specify up to {Maximum} shipping options.", "shipping_options");
        }

        return [.. (options.ShippingOptions ?? []).Select((option, index) => Create(transaction, option, $"shipping_options[{index}]", currency!))];
    }

    /// <summary>Applies the option that the buyer chose.</summary>
    /// <returns>Why it cannot be applied; null if it was applied.</returns>
    public static PageError? Choose(Transaction transaction, Session session, string? rateId)
    {
        if (rateId is null || session.ShippingCost?.ShippingRateId == rateId)
        {
            return null;
        }

        if (session.ShippingOptions?.Exists(option => option.ShippingRateId == rateId) != true)
        {
            return new PageError("This shipping option is not offered here.", "shippingRate");
        }

        session.ShippingCost = new SessionShippingCost { ShippingRateId = rateId };
        Amounts.Calculate(transaction, session);
        return null;
    }

    private static SessionShippingOption Create(Transaction transaction, SessionShippingOptionOptions option, string parameter, string currency)
    {
        var rate = (option.ShippingRate, option.ShippingRateData) switch
        {
            ({ } id, null) => transaction.TryFind<ShippingRate>(id, out var found)
                ? found
                : throw ApiErrors.NoSuchReference("shipping rate", id, $"{parameter}[shipping_rate]"),
            (null, { } data) => Inline(transaction, data, $"{parameter}[shipping_rate_data]"),
            (null, null) => throw ApiErrors.Missing($"{parameter}[shipping_rate]"),
            _ => throw ApiErrors.Invalid("You may only specify one of these parameters: shipping_rate, shipping_rate_data.", parameter),
        };
        if (option.ShippingRate is not null && !rate.Active)
        {
            throw ApiErrors.Invalid("The shipping rate specified is inactive. This field only accepts active shipping rates.", $"{parameter}[shipping_rate]");
        }

        return new SessionShippingOption
        {
            ShippingRateId = rate.Id,
            ShippingAmount = ShippingRateEndpoints.AmountIn(rate, currency)
                ?? throw ApiErrors.Invalid(
                    $"The shipping rate {rate.Id} is in `{rate.FixedAmount.Currency}`, which does not match the session's currency `{currency}`.", parameter),
        };
    }

    /// <summary>Creates an inline rate. As an inline price, it is inactive from the start.</summary>
    private static ShippingRate Inline(Transaction transaction, SessionShippingOptionShippingRateDataOptions data, string parameter)
    {
        var rate = ShippingRateEndpoints.Create(
            transaction,
            new ShippingRateCreateOptions
            {
                DeliveryEstimate = data.DeliveryEstimate is not { } estimate
                    ? null
                    : new ShippingRateDeliveryEstimateOptions
                    {
                        Maximum = estimate.Maximum is { } most ? new ShippingRateDeliveryEstimateMaximumOptions { Unit = most.Unit, Value = most.Value } : null,
                        Minimum = estimate.Minimum is { } least ? new ShippingRateDeliveryEstimateMinimumOptions { Unit = least.Unit, Value = least.Value } : null,
                    },
                DisplayName = data.DisplayName,
                FixedAmount = data.FixedAmount is not { } amount
                    ? null
                    : new ShippingRateFixedAmountOptions
                    {
                        Amount = amount.Amount,
                        Currency = amount.Currency,
                        CurrencyOptions = amount.CurrencyOptions?.ToDictionary(
                            each => each.Key,
                            each => new ShippingRateFixedAmountCurrencyOptionsOptions { Amount = each.Value.Amount, TaxBehavior = each.Value.TaxBehavior }),
                    },
                Metadata = data.Metadata,
                TaxBehavior = data.TaxBehavior,
                TaxCode = data.TaxCode,
                Type = data.Type,
            },
            parameter);
        rate.Active = false;
        return transaction.Save(rate);
    }
}
