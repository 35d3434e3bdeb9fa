using System.Globalization;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>
/// The limits that the operator sets on sales by agents. Every violation has its own code. Once a maximum or a cap is set, only the currencies that
/// it names are sold in.
/// </summary>
internal sealed class PricePolicy(IOptions<PricePolicyOptions> options, IOptions<StripeOptions> stripe, IHostEnvironment environment)
{
    private readonly PricePolicyOptions _options = options.Value;

    /// <summary>Whether agents sell only at the catalog's prices. By default they do with a live key and outside development.</summary>
    public bool CatalogOnly { get; } = options.Value.CatalogOnly ?? (stripe.Value.SecretKey.IsLive || !environment.IsDevelopment());

    /// <summary>Whether the amount of a Price must be known before it is sold.</summary>
    public bool NeedsAmounts => CatalogOnly
        || _options.Currencies.Count > 0
        || _options.LineMinimum.Count + _options.LineMaximum.Count + _options.SessionMinimum.Count + _options.SessionMaximum.Count + _options.DailyCap.Count
            + _options.BuyerDailyCap.Count > 0;

    /// <summary>Rejects a price that the agent sets, if only the catalog's prices are allowed.</summary>
    public void CheckInlinePrice(string param)
    {
        if (CatalogOnly)
        {
            throw new CheckoutException(
                CheckoutErrorCode.PriceNotAllowed,
                $"{param} must be omitted, because this server sells only at the seller's prices. Pass the product_id of a product from list_products.",
                param);
        }
    }

    /// <summary>Rejects a product name that the buyer must not see.</summary>
    public void CheckText(string text, string param)
    {
        if (text.Length > _options.MaxNameLength)
        {
            throw new CheckoutException(
                CheckoutErrorCode.TextNotAllowed, $"{param} must have at most {_options.MaxNameLength} characters, but has {text.Length}.", param);
        }

        if (CallerText.Validate(text, TextUse.Label, _options.AllowsLinks) is { } problem)
        {
            throw new CheckoutException(CheckoutErrorCode.TextNotAllowed, $"{param} must {problem}", param);
        }
    }

    /// <summary>Rejects a quantity above the operator's limit per line.</summary>
    public void CheckQuantity(long quantity, string param)
    {
        if (quantity > _options.MaxQuantity)
        {
            throw new CheckoutException(CheckoutErrorCode.QuantityNotAllowed, $"{param} must be at most {_options.MaxQuantity}.", param);
        }
    }

    /// <summary>Rejects a currency that the operator does not allow.</summary>
    public void CheckCurrency(string currency, string param)
    {
        IReadOnlyDictionary<string, long>[] ceilings = [_options.LineMaximum, _options.SessionMaximum, _options.DailyCap, _options.BuyerDailyCap];
        if ((_options.Currencies.Count > 0 && !_options.Currencies.Contains(currency))
            || ceilings.Any(ceiling => ceiling.Count > 0 && !ceiling.ContainsKey(currency)))
        {
            var allowed = _options.Currencies.Count > 0 ? _options.Currencies : ceilings.SelectMany(ceiling => ceiling.Keys).ToHashSet();
            throw new CheckoutException(
                CheckoutErrorCode.CurrencyNotAllowed,
                $"This server does not sell in {currency}. Allowed currencies: {string.Join(", ", allowed.Where(Everywhere).Order(StringComparer.Ordinal))}.",
                param);
        }

        bool Everywhere(string code) => ceilings.All(ceiling => ceiling.Count == 0 || ceiling.ContainsKey(code));
    }

    /// <summary>Rejects a line whose amount is outside the operator's limits.</summary>
    public void CheckLine(long amount, string currency, string param) =>
        CheckRange(amount, currency, _options.LineMinimum, _options.LineMaximum, $"{param}: the line", param);

    /// <summary>Rejects a session whose total is outside the operator's limits.</summary>
    public void CheckTotal(long amount, string currency, string param) =>
        CheckRange(amount, currency, _options.SessionMinimum, _options.SessionMaximum, "The total", param);

    /// <summary>The amount that a sale counts against the daily caps of its principal and its buyer; null if the currency has no cap.</summary>
    public CappedAmount? Cap(long amount, string currency)
    {
        var cap = Limit(_options.DailyCap, currency);
        var buyerCap = Limit(_options.BuyerDailyCap, currency);
        return cap is null && buyerCap is null ? null : new CappedAmount(amount, currency, cap, buyerCap);
    }

    /// <summary>The rules that a sale in this currency is compared with, as the operator has set them: <c>CHECKOUT_LINE_MAX=usd:50000</c>.</summary>
    /// <param name="currency">Lower case ISO 4217 code; null if only Stripe knows it.</param>
    /// <param name="namesBuyer">Whether the sale counts toward the cap of a buyer.</param>
    public IEnumerable<string> RulesOf(string? currency, bool namesBuyer)
    {
        yield return $"{PricePolicyOptions.PricesName}={(CatalogOnly ? "catalog" : "open")}";
        if (_options.HasMaxQuantity)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{PricePolicyOptions.MaxQuantityName}={_options.MaxQuantity}");
        }

        foreach (var (name, limits) in _options.Limits)
        {
            if (currency is not null && Limit(limits, currency) is { } limit && (namesBuyer || limits != _options.BuyerDailyCap))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{name}={currency}:{limit}");
            }
        }
    }

    private static long? Limit(IReadOnlyDictionary<string, long> limits, string currency) => limits.TryGetValue(currency, out var limit) ? limit : null;

    private static void CheckRange(
        long amount, string currency, IReadOnlyDictionary<string, long> minimum, IReadOnlyDictionary<string, long> maximum, string subject, string param)
    {
        if (minimum.TryGetValue(currency, out var least) && amount < least)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooSmall,
                $"{subject} of {Currency.Format(amount, currency)} is below the seller's minimum of {Currency.Format(least, currency)}.",
                param);
        }

        if (maximum.TryGetValue(currency, out var most) && amount > most)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooLarge,
                $"{subject} of {Currency.Format(amount, currency)} is above the seller's maximum of {Currency.Format(most, currency)}.",
                param);
        }
    }
}
