using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Catalog;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Creates a session's lines from Price IDs and <c>price_data</c>.</summary>
internal static class SessionLines
{
    private const int MaximumPaymentLines = 100;
    private const int MaximumSubscriptionLines = 20;

    /// <summary>Validates and creates the lines. New inline prices and products are returned with them and saved with the session.</summary>
    public static SessionDraftLines Create(Transaction transaction, SessionParameters options)
    {
        var draft = new SessionDraftLines();
        if (options.Mode == "setup")
        {
            return options.LineItems is null
                ? draft
                : throw ApiErrors.Invalid("You can not pass `line_items` in `setup` mode.", "line_items");
        }

        if (options.LineItems is not { Count: > 0 })
        {
            throw ApiErrors.Invalid($"The `line_items` parameter is required in {options.Mode} mode.", "line_items");
        }

        for (var index = 0; index < options.LineItems.Count; index++)
        {
            draft.Lines.Add(Line(transaction, options.LineItems[index], $"line_items[{index}]", draft, options.Currency?.ToLowerInvariant()));
        }

        CheckMode(options.Mode, draft.Lines);
        CheckCurrency(options.Currency, draft.Lines);
        return draft;
    }

    private static LineItem Line(
        Transaction transaction, SessionLineItemOptions options, string prefix, SessionDraftLines draft, string? sessionCurrency)
    {
        ParameterRules.Metadata(options.Metadata, $"{prefix}[metadata]");
        var price = (options.Price, options.PriceData) switch
        {
            ({ } id, null) => Existing(transaction, id, $"{prefix}[price]"),
            (null, { } data) => Inline(transaction, data, $"{prefix}[price_data]", draft),
            (null, null) => throw ApiErrors.Missing($"{prefix}[price]"),
            _ => throw ApiErrors.Invalid("You may only specify one of these parameters: price, price_data.", prefix),
        };
        var quantity = options.Quantity ?? throw ApiErrors.Missing($"{prefix}[quantity]");
        if (quantity < 1)
        {
            throw ApiErrors.TooLow(1, $"{prefix}[quantity]");
        }

        var currency = new Currency(CurrencyOf(price, sessionCurrency));
        var unit = PriceAmounts.In(price, currency.Code)!.Value;
        if (quantity > Currency.MaximumAmount || unit * quantity > Currency.MaximumAmount)
        {
            throw ApiErrors.AmountTooLarge(currency.Format(Currency.MaximumAmount), prefix);
        }

        var amount = PriceAmounts.Of(price, currency.Code, quantity);
        var product = draft.Products.Find(product => product.Id == price.ProductId) ?? transaction.Get<Product>(price.ProductId);
        return new LineItem
        {
            Id = Identifiers.New("li_1"),
            Object = "item",
            AmountSubtotal = amount,
            AmountTotal = amount,
            Currency = currency.Code,
            Description = product.Name,
            Metadata = ParameterRules.Merge(null, options.Metadata),
            Price = price,
            Quantity = quantity,
        };
    }

    /// <summary>The session's currency if the Price supports it; otherwise the Price's own, which <see cref="CheckCurrency"/> then compares.</summary>
    private static string CurrencyOf(Price price, string? sessionCurrency) =>
        sessionCurrency is not null && PriceAmounts.In(price, sessionCurrency) is not null ? sessionCurrency : price.Currency;

    private static Price Existing(Transaction transaction, string id, string parameter)
    {
        ParameterRules.MaximumLength(id, 5000, parameter);
        var price = transaction.TryFind<Price>(id, out var found) ? found : throw ApiErrors.NoSuchReference("price", id, parameter);
        return price.Active
            ? price
            : throw ApiErrors.Invalid(
                $"The price specified is inactive. This field only accepts active prices.", parameter);
    }

    /// <summary>Creates an inline price. It is inactive from the start: it can be read but not used again.</summary>
    private static Price Inline(
        Transaction transaction, SessionLineItemPriceDataOptions data, string prefix, SessionDraftLines draft)
    {
        var price = PriceEndpoints.Create(
            transaction,
            new PriceDraft(data.Currency, data.UnitAmount, data.UnitAmountDecimal, data.TaxBehavior)
            {
                Active = false,
                IsRecurring = data.Recurring is not null,
                Interval = data.Recurring?.Interval,
                IntervalCount = data.Recurring?.IntervalCount,
            },
            prefix);
        price.ProductId = (data.Product, data.ProductData) switch
        {
            ({ } id, null) => transaction.TryFind<Product>(id, out var product)
                ? product.Id
                : throw ApiErrors.NoSuchReference("product", id, $"{prefix}[product]"),
            (null, { } made) => Made(made).Id,
            (null, null) => throw ApiErrors.Missing($"{prefix}[product_data]"),
            _ => throw ApiErrors.Invalid("You may only specify one of these parameters: product, product_data.", prefix),
        };
        draft.Prices.Add(price);
        return price;

        Product Made(SessionLineItemPriceDataProductDataOptions options)
        {
            var product = ProductEndpoints.Create(
                transaction,
                new ProductDraft(options.Name, options.Description, options.Images, options.Metadata, options.UnitLabel, options.TaxCode)
                {
                    Active = false,
                },
                $"{prefix}[product_data]");
            draft.Products.Add(product);
            return product;
        }
    }

    private static void CheckMode(string mode, List<LineItem> lines)
    {
        var recurring = lines.Count(line => line.Price.Recurring is not null);
        if (mode == "payment")
        {
            if (recurring > 0)
            {
                throw ApiErrors.Invalid(
                    "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time "
                    + "prices.",
                    "line_items");
            }

            if (lines.Count > MaximumPaymentLines)
            {
                throw ApiErrors.Invalid($"You may specify up to {MaximumPaymentLines} line items.", "line_items");
            }

            return;
        }

        if (recurring == 0)
        {
            throw ApiErrors.Invalid(
                "You must provide at least one recurring price in `subscription` mode when using prices.", "line_items");
        }

        if (recurring > MaximumSubscriptionLines || lines.Count - recurring > MaximumSubscriptionLines)
        {
            throw ApiErrors.Invalid(
                $"You may specify up to {MaximumSubscriptionLines} recurring and {MaximumSubscriptionLines} one-time line items.",
                "line_items");
        }

        var intervals = lines.Where(line => line.Price.Recurring is not null)
            .Select(line => (line.Price.Recurring.Interval, line.Price.Recurring.IntervalCount)).Distinct().Count();
        if (intervals > 1)
        {
            throw ApiErrors.Invalid(
                "Checkout does not support multiple prices with different billing intervals.", "line_items");
        }
    }

    private static void CheckCurrency(string? expected, List<LineItem> lines)
    {
        var currency = expected is null ? lines[0].Currency : ParameterRules.Currency(expected, "currency").Code;
        for (var index = 0; index < lines.Count; index++)
        {
            if (lines[index].Currency != currency)
            {
                throw ApiErrors.Invalid(
                    $"The price specified supports currencies of `{lines[index].Currency}`. This doesn't match the expected currency: "
                    + $"`{currency}`.",
                    $"line_items[{index}][price]");
            }
        }
    }
}

/// <summary>A session's lines and the products and prices that were created inline for them.</summary>
internal sealed class SessionDraftLines
{
    public List<LineItem> Lines { get; } = [];

    public List<Product> Products { get; } = [];

    public List<Price> Prices { get; } = [];
}
