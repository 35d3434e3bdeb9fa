using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Catalog;

/// <summary><c>/v1/prices</c>.</summary>
internal static class PriceEndpoints
{
    private static readonly HashSet<string> Simulated =
    [
        "active", "currency", "currency_options", "product", "product_data[name]", "product_data[active]", "product_data[id]", "product_data[metadata]",
        "product_data[statement_descriptor]", "product_data[tax_code]", "product_data[unit_label]", "unit_amount", "unit_amount_decimal",
        "recurring[interval]", "recurring[interval_count]", "recurring[usage_type]", "tax_behavior", "nickname", "lookup_key", "metadata",
        "billing_scheme", "expand",
    ];

    public static void MapPrices(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, "/prices", Create);
        api.MapOperation(HttpMethods.Get, "/prices", List);
        api.MapRetrieve<Price>("/prices", "price");
    }

    /// <summary>Validates and creates a price, also from <c>price_data</c>. The caller saves it.</summary>
    public static Price Create(Transaction transaction, PriceDraft draft, string prefix)
    {
        var currency = ParameterRules.Currency(draft.Currency, Name("currency"));
        var amount = ParameterRules.UnitAmount(draft.UnitAmount, draft.UnitAmountDecimal, currency, prefix);
        ParameterRules.OneOf(draft.TaxBehavior, Name("tax_behavior"), "exclusive", "inclusive", "unspecified");
        var price = new Price
        {
            Id = Identifiers.New("price_1"),
            Object = "price",
            Active = draft.Active,
            BillingScheme = "per_unit",
            Created = transaction.Now,
            Currency = currency.Code,
            Metadata = [],
            TaxBehavior = draft.TaxBehavior ?? "unspecified",
            Type = draft.IsRecurring ? "recurring" : "one_time",
            UnitAmount = decimal.Truncate(amount) == amount ? (long)amount : null,
            UnitAmountDecimal = amount,
        };
        if (draft.IsRecurring)
        {
            price.Recurring = new PriceRecurring
            {
                Interval = draft.Interval ?? throw ApiErrors.Missing(Name("recurring][interval")),
                IntervalCount = draft.IntervalCount ?? 1,
                UsageType = "licensed",
            };
            ParameterRules.OneOf(price.Recurring.Interval, Name("recurring][interval"), "day", "month", "week", "year");
            if (price.Recurring.IntervalCount < 1)
            {
                throw ApiErrors.TooLow(1, Name("recurring][interval_count"));
            }
        }

        return price;

        // Without a prefix such as line_items[0][price_data], the name is recurring[interval] and not [recurring][interval].
        string Name(string name) => prefix.Length > 0 ? $"{prefix}[{name}]"
            : name.Contains("][", StringComparison.Ordinal) ? name.Replace("][", "[", StringComparison.Ordinal) + "]"
            : name;
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<PriceCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.OneOf(options.BillingScheme, "billing_scheme", "per_unit", "tiered");
        ParameterRules.Metadata(options.Metadata, "metadata");
        if (options.BillingScheme == "tiered")
        {
            throw ApiErrors.NotSimulated("billing_scheme");
        }

        if (options.Recurring?.UsageType is { } usage && usage != "licensed")
        {
            throw ApiErrors.NotSimulated("recurring[usage_type]");
        }

        var price = Create(
            call.Transaction,
            new PriceDraft(options.Currency, options.UnitAmount, options.UnitAmountDecimal, options.TaxBehavior)
            {
                Active = options.Active ?? true,
                IsRecurring = options.Recurring is not null,
                Interval = options.Recurring?.Interval,
                IntervalCount = options.Recurring?.IntervalCount,
            },
            prefix: "");
        price.CurrencyOptions = CurrencyOptionsOf(price, options.CurrencyOptions);
        price.ProductId = ProductOf(call.Transaction, options).Id;
        price.Nickname = options.Nickname;
        price.LookupKey = options.LookupKey;
        price.Metadata = ParameterRules.Merge(null, options.Metadata);
        call.Transaction.Save(price);
        call.Transaction.Emit("price.created", price);
        return call.Render(price, options);
    }

    /// <summary>The amounts by currency, among them the Price's own; null if there is only one currency.</summary>
    private static Dictionary<string, PriceCurrencyOptions>? CurrencyOptionsOf(
        Price price, Dictionary<string, PriceCurrencyOptionsOptions>? options)
    {
        if (options is null)
        {
            return null;
        }

        var amounts = new Dictionary<string, PriceCurrencyOptions>
        {
            [price.Currency] = AmountOf(price.UnitAmountDecimal!.Value, price.TaxBehavior),
        };
        foreach (var (code, option) in options)
        {
            var name = $"currency_options[{code}]";
            var currency = ParameterRules.Currency(code, name);
            if (option is { CustomUnitAmount: not null } or { Tiers: not null })
            {
                throw ApiErrors.NotSimulated(name);
            }

            ParameterRules.OneOf(option.TaxBehavior, $"{name}[tax_behavior]", "exclusive", "inclusive", "unspecified");
            amounts[currency.Code] = AmountOf(
                ParameterRules.UnitAmount(option.UnitAmount, option.UnitAmountDecimal, currency, name), option.TaxBehavior ?? "unspecified");
        }

        return amounts;

        static PriceCurrencyOptions AmountOf(decimal amount, string taxBehavior) => new()
        {
            TaxBehavior = taxBehavior,
            UnitAmount = decimal.IsInteger(amount) ? (long)amount : null,
            UnitAmountDecimal = amount,
        };
    }

    private static Product ProductOf(Transaction transaction, PriceCreateOptions options)
    {
        if (options.ProductData is { } data)
        {
            var draft = new ProductDraft(data.Name, null, null, data.Metadata, data.UnitLabel, data.TaxCode)
            {
                Id = data.Id,
                Active = data.Active ?? true,
            };
            var product = transaction.Save(ProductEndpoints.Create(transaction, draft, "product_data"));
            transaction.Emit("product.created", product);
            return product;
        }

        var id = options.Product ?? throw ApiErrors.Missing("product");
        return transaction.TryFind<Product>(id, out var found) ? found : throw ApiErrors.NoSuchReference("product", id, "product");
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<PriceListOptions>();
        var prices = call.Transaction.NewestFirst<Price>().Where(price =>
            (options.Active is null || price.Active == options.Active)
            && (options.Currency is null || price.Currency == options.Currency)
            && (options.Product is null || price.ProductId == options.Product)
            && (options.Type is null || price.Type == options.Type)
            && (options.LookupKeys is null || options.LookupKeys.Contains(price.LookupKey))
            && (options.Recurring?.Interval is not { } interval || price.Recurring?.Interval == interval)
            && Pagination.Admits(options.Created, price.Created));
        return Expansion.Expand(
            call.Transaction, Pagination.Page(prices, options, "price", "/v1/prices", StripeJson.ToJson), options.Expand);
    }
}

/// <summary>The parameters of a price, from <c>POST /v1/prices</c> or <c>price_data</c>.</summary>
internal sealed record PriceDraft(string? Currency, long? UnitAmount, decimal? UnitAmountDecimal, string? TaxBehavior)
{
    public bool Active { get; init; } = true;

    public bool IsRecurring { get; init; }

    public string? Interval { get; init; }

    public long? IntervalCount { get; init; }
}
