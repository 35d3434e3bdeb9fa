using System.Collections.Frozen;
using System.Globalization;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>Reads amounts by currency from the configuration: <c>usd:50000,jpy:70000</c>.</summary>
internal static class CurrencyAmounts
{
    /// <summary>The amounts of a variable; empty if it is not set. A problem is added to the errors.</summary>
    public static FrozenDictionary<string, long> Read(IConfiguration configuration, string name, List<string> errors)
    {
        var amounts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in (configuration[name] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split(':');
            if (parts.Length != 2 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            {
                errors.Add($"{name} must be amounts in the smallest unit by currency, for example usd:50000,jpy:70000.");
                break;
            }

            if (Currency.Find(parts[0]) is { } currency)
            {
                amounts[currency.Code] = amount;
            }
            else
            {
                errors.Add($"{name} has the currency {parts[0]}, in which Stripe does not charge.");
            }
        }

        return amounts.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
