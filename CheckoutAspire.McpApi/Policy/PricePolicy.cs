using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>
/// What the operator lets agents sell. Every refusal has a code of its own. A maximum or a cap that is set holds for every currency: one that it
/// does not name is not sold in.
/// </summary>
internal sealed class PricePolicy(IOptions<PricePolicyOptions> options, IOptions<StripeOptions> stripe, IHostEnvironment environment)
{
    private readonly PricePolicyOptions _options = options.Value;

    /// <summary>Whether agents sell at the catalogue's prices only: with a live key, or outside of development, unless the operator says otherwise.</summary>
    public bool CatalogOnly { get; } = options.Value.CatalogOnly ?? (stripe.Value.SecretKey.IsLive || !environment.IsDevelopment());

    /// <summary>Whether a Price's amount has to be known before it is sold.</summary>
    public bool NeedsAmounts => CatalogOnly
        || _options.Currencies.Count > 0
        || _options.LineMinimum.Count + _options.LineMaximum.Count + _options.SessionMinimum.Count + _options.SessionMaximum.Count + _options.DailyCap.Count > 0;

    /// <summary>Refuses a price that the agent made up, where only the catalogue's count.</summary>
    public void CheckInlinePrice(string param)
    {
        if (CatalogOnly)
        {
            throw new CheckoutException(
                CheckoutErrorCode.PriceNotAllowed,
                $"{param} must be left out: this server sells at the seller's own prices only. Give the product_id of a product that list_products shows.",
                param);
        }
    }

    /// <summary>Refuses a name that the buyer must not see.</summary>
    public void CheckText(string text, string param)
    {
        if (ProductText.Refuse(text, _options.MaxNameLength, _options.AllowsLinks) is { } reason)
        {
            throw new CheckoutException(CheckoutErrorCode.TextNotAllowed, $"{param} must {reason}", param);
        }
    }

    /// <summary>Refuses more units of a line than the operator allows.</summary>
    public void CheckQuantity(long quantity, string param)
    {
        if (quantity > _options.MaxQuantity)
        {
            throw new CheckoutException(CheckoutErrorCode.QuantityNotAllowed, $"{param} must be at most {_options.MaxQuantity}.", param);
        }
    }

    /// <summary>Refuses a currency that is not sold in.</summary>
    public void CheckCurrency(string currency, string param)
    {
        IReadOnlyDictionary<string, long>[] ceilings = [_options.LineMaximum, _options.SessionMaximum, _options.DailyCap];
        if ((_options.Currencies.Count > 0 && !_options.Currencies.Contains(currency))
            || ceilings.Any(ceiling => ceiling.Count > 0 && !ceiling.ContainsKey(currency)))
        {
            var allowed = _options.Currencies.Count > 0 ? _options.Currencies : ceilings.SelectMany(ceiling => ceiling.Keys).ToHashSet();
            throw new CheckoutException(
                CheckoutErrorCode.CurrencyNotAllowed,
                $"This server does not sell in {currency}, only in {string.Join(", ", allowed.Where(Everywhere).Order(StringComparer.Ordinal))}.",
                param);
        }

        bool Everywhere(string code) => ceilings.All(ceiling => ceiling.Count == 0 || ceiling.ContainsKey(code));
    }

    /// <summary>Refuses a line that comes to too little or too much.</summary>
    public void CheckLine(long amount, string currency, string param) =>
        CheckRange(amount, currency, _options.LineMinimum, _options.LineMaximum, $"{param}: the line", param);

    /// <summary>Refuses a session that comes to too little or too much.</summary>
    public void CheckTotal(long amount, string currency, string param) =>
        CheckRange(amount, currency, _options.SessionMinimum, _options.SessionMaximum, "The total", param);

    /// <summary>What a sale counts against its principal's cap of the day; null where there is none.</summary>
    public CappedAmount? Cap(long amount, string currency) =>
        _options.DailyCap.TryGetValue(currency, out var cap) ? new CappedAmount(amount, currency, cap) : null;

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
