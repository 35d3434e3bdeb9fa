using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.McpApi.Configuration;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.Orders;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Sessions;

/// <summary>The rules that a schema cannot say: turns valid arguments into the request for one session, or refuses them.</summary>
internal sealed class CheckoutRules(
    IOptions<StripeOptions> stripe, IOptions<McpApiOptions> app, RedirectOrigins origins, TimeProvider time)
{
    private const int DefaultExpiryMinutes = 31;

    // {CHECKOUT_SESSION_ID} is Stripe's placeholder: https://docs.stripe.com/payments/checkout/custom-success-page
    private const string SuccessPath = "/checkout/success?session_id={CHECKOUT_SESSION_ID}";
    private const string CancelPath = "/checkout/cancel?session_id={CHECKOUT_SESSION_ID}";

    /// <summary>The request that these arguments ask for.</summary>
    /// <exception cref="CheckoutException">An argument breaks a rule.</exception>
    public SessionRequest Apply(InitiateCheckoutInput input)
    {
        var mode = input.Mode ?? CheckoutMode.Payment;
        RefuseMixedPrices(input, mode);
        if (input.ProductName is { } name && name.Any(char.IsControl))
        {
            throw Refuse("product_name must not contain control characters.", "product_name");
        }

        var quantity = input.Quantity ?? 1;
        var currency = CheckCurrency(input, quantity);
        var now = time.GetUtcNow();
        var orderRef = input.IdempotencyKey is { } key ? OrderRef.Of(stripe.Value.Deployment, key) : OrderRef.New(time);
        return new SessionRequest
        {
            OrderRef = orderRef,
            WrittenAt = now,
            Mode = mode,
            PriceId = input.PriceId,
            ProductName = input.ProductName,
            UnitAmount = input.PriceCents,
            Currency = currency,
            Quantity = quantity,
            SuccessUrl = input.SuccessUrl is { } success ? origins.Check(success, "success_url") : app.Value.AppOrigin + SuccessPath,
            CancelUrl = input.CancelUrl is { } cancel ? origins.Check(cancel, "cancel_url") : app.Value.AppOrigin + CancelPath,
            ExpiresAt = now.AddMinutes(input.ExpiresInMinutes ?? DefaultExpiryMinutes),
            ClientReferenceId = input.ClientReferenceId,
            CustomerEmail = input.CustomerEmail,
            Metadata = Metadata(input, orderRef),
        };
    }

    /// <summary>Digest of what the caller asks for: the same key with another digest is a conflict.</summary>
    public static string Digest(InitiateCheckoutInput input)
    {
        var canonical = input with
        {
            IdempotencyKey = null,
            // How the buyer gets the page is no part of the sale.
            HandOff = null,
            Quantity = input.Quantity ?? 1,
            Mode = input.Mode ?? CheckoutMode.Payment,
            ExpiresInMinutes = input.ExpiresInMinutes ?? DefaultExpiryMinutes,
            Currency = input.PriceId is null ? (input.Currency ?? "usd").ToLowerInvariant() : input.Currency?.ToLowerInvariant(),
            Metadata = input.Metadata?.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal),
        };
        return Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(canonical, ToolJson.Default.InitiateCheckoutInput)));
    }

    private static void RefuseMixedPrices(InitiateCheckoutInput input, string mode)
    {
        switch (input)
        {
            case { PriceId: not null, PriceCents: not null }:
                throw Refuse("price_cents must be left out when price_id is given: the price has its own amount.", "price_cents");
            case { PriceId: not null, ProductName: not null }:
                throw Refuse("product_name must be left out when price_id is given: the price belongs to a product.", "product_name");
            case { PriceId: null } when mode == CheckoutMode.Subscription:
                throw Refuse("price_id is missing: mode subscription sells a recurring Stripe Price.", "price_id");
            case { PriceId: null, ProductName: null }:
                throw Refuse("product_name is missing: give product_name and price_cents, or price_id.", "product_name");
            case { PriceId: null, PriceCents: null }:
                throw Refuse("price_cents is missing: give product_name and price_cents, or price_id.", "price_cents");
            default:
                return;
        }
    }

    private static string? CheckCurrency(InitiateCheckoutInput input, long quantity)
    {
        if (input.PriceId is not null && input.Currency is null)
        {
            return null;
        }

        var code = input.Currency ?? "usd";
        var currency = Currency.Find(code) ?? throw new CheckoutException(
            CheckoutErrorCode.CurrencyNotSupported, $"currency {code} is not one that Stripe charges in; use for example usd, eur or gbp.", "currency");
        if (input.PriceCents is { } price)
        {
            CheckAmount(price, quantity, currency);
        }

        return currency.Code;
    }

    private static void CheckAmount(long price, long quantity, Currency currency)
    {
        if (price % currency.Step != 0)
        {
            throw Refuse(
                $"price_cents must be a multiple of {currency.Step} in {currency.Code}, which Stripe charges without the smallest fractions.",
                "price_cents");
        }

        var total = price * quantity;
        if (total < currency.Minimum)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooSmall,
                $"The total of {Currency.Format(total, currency.Code)} is below Stripe's minimum of {Currency.Format(currency.Minimum, currency.Code)}; "
                + "price_cents is counted in the currency's smallest unit.",
                "price_cents");
        }

        if (total > Currency.MaximumAmount)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooLarge,
                $"The total of {Currency.Format(total, currency.Code)} is above Stripe's maximum of {Currency.Format(Currency.MaximumAmount, currency.Code)}.",
                "price_cents");
        }
    }

    private Dictionary<string, string> Metadata(InitiateCheckoutInput input, string orderRef)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [CheckoutMetadata.Source] = CheckoutMetadata.SourceValue,
            [CheckoutMetadata.Deployment] = stripe.Value.Deployment,
            [CheckoutMetadata.OrderRef] = orderRef,
        };
        if (input.ProductId is { Length: > 0 } productId)
        {
            metadata[CheckoutMetadata.ProductId] = productId;
        }

        // The tool call's own span: the buyer pays, and the worker fulfills, in its trace.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } traceparent })
        {
            metadata[CheckoutMetadata.Traceparent] = traceparent;
        }

        foreach (var (name, value) in input.Metadata ?? [])
        {
            if (CheckoutMetadata.Reserved.Contains(name))
            {
                throw Refuse($"metadata.{name} is set by the server itself; choose another key.", $"metadata.{name}");
            }

            // Stripe reads an empty value as "remove this key".
            if (value.Length > 0)
            {
                metadata[name] = value;
            }
        }

        return metadata;
    }

    private static CheckoutException Refuse(string error, string param) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
