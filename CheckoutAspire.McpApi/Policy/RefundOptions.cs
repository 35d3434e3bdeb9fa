using System.Collections.Frozen;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>Whether callers may refund their own checkouts, and how much: <c>CHECKOUT_REFUNDS</c> and the limits that belong to it.</summary>
public sealed class RefundOptions : IReadOptions
{
    internal const string Switch = "CHECKOUT_REFUNDS";

    private const string MaximumVariable = "CHECKOUT_REFUND_MAX";
    private const string CapVariable = "CHECKOUT_REFUND_DAILY_CAP";

    private readonly List<string> _errors = [];

    /// <summary>The maximum of one refund, by currency. Other currencies are not refunded.</summary>
    public IReadOnlyDictionary<string, long> Maximum { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum amount that one principal refunds in a day (UTC), by currency.</summary>
    public IReadOnlyDictionary<string, long> DailyCap { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <summary>Whether the tool exists. Read when tools are registered, which is before options are validated.</summary>
    internal static bool IsEnabled(IConfiguration configuration) => configuration[Switch] == "true";

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        if (configuration[Switch] is not (null or "" or "true" or "false"))
        {
            _errors.Add($"{Switch} must be true or false.");
        }

        Maximum = CurrencyAmounts.Read(configuration, MaximumVariable, _errors);
        DailyCap = CurrencyAmounts.Read(configuration, CapVariable, _errors);
        if (IsEnabled(configuration) && (Maximum.Count == 0 || DailyCap.Count == 0))
        {
            _errors.Add($"{Switch} is true, so {MaximumVariable} and {CapVariable} must limit what callers refund, for example usd:5000 and usd:20000.");
        }
    }
}
