using System.Collections.Frozen;
using System.Globalization;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>The limits on sales by agents: <c>CHECKOUT_PRICES</c> and the settings that belong to it.</summary>
public sealed class PricePolicyOptions : IReadOptions
{
    internal const string PricesName = "CHECKOUT_PRICES";
    internal const string MaxQuantityName = "CHECKOUT_MAX_QUANTITY";

    private const string LineMinimumName = "CHECKOUT_LINE_MIN";
    private const string LineMaximumName = "CHECKOUT_LINE_MAX";
    private const string SessionMinimumName = "CHECKOUT_SESSION_MIN";
    private const string SessionMaximumName = "CHECKOUT_SESSION_MAX";
    private const string DailyCapName = "CHECKOUT_DAILY_CAP";
    private const string BuyerDailyCapName = "CHECKOUT_BUYER_DAILY_CAP";
    private const int NameLength = 250;
    private const long Quantity = 999_999;

    private readonly List<string> _errors = [];

    /// <summary>Whether agents sell only at the catalog's prices; null for the default.</summary>
    public bool? CatalogOnly { get; private set; }

    /// <summary>The allowed currencies; empty for all of Stripe's.</summary>
    public IReadOnlySet<string> Currencies { get; private set; } = FrozenSet<string>.Empty;

    /// <summary>The minimum amount of a line, by currency.</summary>
    public IReadOnlyDictionary<string, long> LineMinimum { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum amount of a line, by currency.</summary>
    public IReadOnlyDictionary<string, long> LineMaximum { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The minimum total of a session, by currency.</summary>
    public IReadOnlyDictionary<string, long> SessionMinimum { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum total of a session, by currency.</summary>
    public IReadOnlyDictionary<string, long> SessionMaximum { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum amount of the sales that one principal starts in a day (UTC), by currency.</summary>
    public IReadOnlyDictionary<string, long> DailyCap { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum amount of the sales to one buyer of a principal in a day (UTC), by currency.</summary>
    public IReadOnlyDictionary<string, long> BuyerDailyCap { get; private set; } = FrozenDictionary<string, long>.Empty;

    /// <summary>The maximum number of units of a line.</summary>
    public long MaxQuantity { get; private set; } = Quantity;

    /// <summary>The maximum length of a product name from an agent.</summary>
    public int MaxNameLength { get; private set; } = NameLength;

    /// <summary>Whether such a name may contain a link.</summary>
    public bool AllowsLinks { get; private set; }

    /// <summary>Whether the operator has set <see cref="MaxQuantity"/>.</summary>
    internal bool HasMaxQuantity => MaxQuantity < Quantity;

    /// <summary>The limits on amounts, under the names of their settings.</summary>
    internal IReadOnlyList<(string Name, IReadOnlyDictionary<string, long> Amounts)> Limits =>
    [
        (LineMinimumName, LineMinimum), (LineMaximumName, LineMaximum), (SessionMinimumName, SessionMinimum), (SessionMaximumName, SessionMaximum),
        (DailyCapName, DailyCap), (BuyerDailyCapName, BuyerDailyCap),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        CatalogOnly = Value(PricesName) switch
        {
            null => null,
            "open" => false,
            "catalog" => true,
            _ => Reject<bool?>(PricesName + " must be open or catalog.", null),
        };
        Currencies = List("CHECKOUT_CURRENCIES").Select(code => Code("CHECKOUT_CURRENCIES", code)).ToFrozenSet(StringComparer.Ordinal);
        LineMinimum = Amounts(LineMinimumName);
        LineMaximum = Amounts(LineMaximumName);
        SessionMinimum = Amounts(SessionMinimumName);
        SessionMaximum = Amounts(SessionMaximumName);
        DailyCap = Amounts(DailyCapName);
        BuyerDailyCap = Amounts(BuyerDailyCapName);
        MaxQuantity = Number(MaxQuantityName, Quantity);
        MaxNameLength = (int)Number("CHECKOUT_NAME_MAX_LENGTH", NameLength);
        AllowsLinks = Value("CHECKOUT_NAME_LINKS") switch
        {
            null or "false" => false,
            "true" => true,
            _ => Reject("CHECKOUT_NAME_LINKS must be true or false.", false),
        };

        string? Value(string name) => configuration[name] is { Length: > 0 } value ? value.Trim() : null;

        string[] List(string name) => (Value(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        FrozenDictionary<string, long> Amounts(string name) => CurrencyAmounts.Read(configuration, name, _errors);

        string Code(string name, string code) =>
            Currency.Find(code)?.Code ?? Reject($"{name} has the currency {code}, in which Stripe does not charge.", code);

        long Number(string name, long most) => Value(name) switch
        {
            null => most,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most => number,
            _ => Reject($"{name} must be a whole number from 1 to {most}.", most),
        };
    }

    private T Reject<T>(string error, T instead)
    {
        _errors.Add(error);
        return instead;
    }
}
