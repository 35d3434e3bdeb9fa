using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Catalog;

/// <summary><c>/v1/shipping_rates</c>.</summary>
internal static class ShippingRateEndpoints
{
    private const string Kind = "shipping_rate";
    private const string Path = "/shipping_rates";

    private static readonly HashSet<string> Simulated =
    [
        "delivery_estimate", "display_name", "expand", "fixed_amount", "metadata", "tax_behavior", "tax_code", "type",
    ];

    public static void MapShippingRates(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, Path, call =>
        {
            var options = call.Bind<ShippingRateCreateOptions>();
            UnsupportedParameters.Check(call.Form, Simulated);
            return call.Render(call.Transaction.Save(Create(call.Transaction, options, "")), options);
        });
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<ShippingRate>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
    }

    /// <summary>A new rate.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="options">Its parameters.</param>
    /// <param name="prefix">The parameter that contains them, for example <c>shipping_options[0][shipping_rate_data]</c>; empty at the top level.</param>
    public static ShippingRate Create(Transaction transaction, ShippingRateCreateOptions options, string prefix)
    {
        ParameterRules.MaximumLength(options.DisplayName ?? throw ApiErrors.Missing(Name("display_name")), 100, Name("display_name"));
        ParameterRules.OneOf(options.Type, Name("type"), "fixed_amount");
        ParameterRules.OneOf(options.TaxBehavior, Name("tax_behavior"), "exclusive", "inclusive", "unspecified");
        ParameterRules.Metadata(options.Metadata, Name("metadata"));
        var amount = options.FixedAmount ?? throw ApiErrors.Missing(Name("fixed_amount"));
        return new ShippingRate
        {
            Id = Identifiers.New("shr_1"),
            Object = Kind,
            Active = true,
            Created = transaction.Now,
            DeliveryEstimate = EstimateOf(options.DeliveryEstimate, Name("delivery_estimate")),
            DisplayName = options.DisplayName,
            FixedAmount = new ShippingRateFixedAmount
            {
                Amount = AmountOf(amount.Amount, Name("fixed_amount")),
                Currency = ParameterRules.Currency(amount.Currency, $"{Name("fixed_amount")}[currency]").Code,
                CurrencyOptions = amount.CurrencyOptions?.ToDictionary(
                    option => ParameterRules.Currency(option.Key, $"{Name("fixed_amount")}[currency_options]").Code,
                    option => new ShippingRateFixedAmountCurrencyOptions
                    {
                        Amount = AmountOf(option.Value.Amount, $"{Name("fixed_amount")}[currency_options][{option.Key}]"),
                        TaxBehavior = option.Value.TaxBehavior ?? "unspecified",
                    }),
            },
            Livemode = false,
            Metadata = ParameterRules.Merge(null, options.Metadata),
            TaxBehavior = options.TaxBehavior ?? "unspecified",
            TaxCodeId = options.TaxCode,
            Type = "fixed_amount",
        };

        string Name(string name) => prefix.Length == 0 ? name : $"{prefix}[{name}]";
    }

    /// <summary>The rate's amount in a currency; null if it has none.</summary>
    public static long? AmountIn(ShippingRate rate, string currency) => rate.FixedAmount.Currency == currency
        ? rate.FixedAmount.Amount
        : rate.FixedAmount.CurrencyOptions?.GetValueOrDefault(currency)?.Amount;

    private static long AmountOf(long? amount, string parameter) => amount switch
    {
        null => throw ApiErrors.Missing($"{parameter}[amount]"),
        < 0 => throw ApiErrors.TooLow(0, $"{parameter}[amount]"),
        > Currency.MaximumAmount => throw ApiErrors.Invalid($"The amount must be at most {Currency.MaximumAmount}.", $"{parameter}[amount]"),
        { } value => value,
    };

    private static ShippingRateDeliveryEstimate? EstimateOf(ShippingRateDeliveryEstimateOptions? options, string parameter)
    {
        if (options is null)
        {
            return null;
        }

        return new ShippingRateDeliveryEstimate
        {
            Maximum = options.Maximum is { } most ? new ShippingRateDeliveryEstimateMaximum { Unit = Unit(most.Unit, "maximum"), Value = most.Value ?? 0 } : null,
            Minimum = options.Minimum is { } least ? new ShippingRateDeliveryEstimateMinimum { Unit = Unit(least.Unit, "minimum"), Value = least.Value ?? 0 } : null,
        };

        string Unit(string? unit, string bound)
        {
            ParameterRules.OneOf(
                unit ?? throw ApiErrors.Missing($"{parameter}[{bound}][unit]"), $"{parameter}[{bound}][unit]", "business_day", "day", "hour", "month", "week");
            return unit;
        }
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<ShippingRateListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<ShippingRate>().Where(rate =>
                Pagination.Admits(options.Created, rate.Created)
                && (options.Active is null || rate.Active == options.Active)
                && (options.Currency is null || AmountIn(rate, options.Currency) is not null)),
            options,
            Kind,
            "/v1" + Path);
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<ShippingRateUpdateOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "active", "expand", "metadata" });
        ParameterRules.Metadata(options.Metadata, "metadata");
        var rate = call.Find<ShippingRate>(Kind);
        rate.Active = options.Active ?? rate.Active;
        rate.Metadata = ParameterRules.Merge(rate.Metadata, options.Metadata);
        return call.Render(call.Transaction.Save(rate), options);
    }
}
