using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Policy;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Prices the lines of a request: with the caller's own prices where the policy allows them, and with the seller's otherwise.</summary>
internal sealed class SaleLines(ProductCatalog catalog, StripeCatalog prices, PricePolicy policy)
{
    /// <summary>The priced lines, all in one currency and within the operator's limits.</summary>
    /// <exception cref="CheckoutException">A line breaks a rule.</exception>
    public async Task<IReadOnlyList<SaleLine>> ResolveAsync(CheckoutRequest request, CancellationToken cancellationToken)
    {
        (CheckoutRequestLine Item, string Place)[] given =
            [.. request.Lines.Select((line, index) => (line, request.IsList ? $"line_items[{index}]." : ""))];
        if (request.Currency is { } code && Currency.Find(code) is null)
        {
            throw new CheckoutException(
                CheckoutErrorCode.CurrencyNotSupported, $"Stripe does not charge in the currency {code}. Use, for example, usd, eur or gbp.", "currency");
        }

        List<SaleLine> lines = [];
        var units = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (item, place) in given)
        {
            policy.CheckQuantity(item.Quantity, place + "quantity");
            lines.Add(await ResolveAsync(item, request.Currency, place, units, cancellationToken) with { CallerRef = item.CallerRef });
        }

        // The caller's own prices are in the currency of the request, or in that of the products in the same request.
        var currency = request.Currency
            ?? lines.FirstOrDefault(line => line.Currency is not null)?.Currency
            ?? (lines.Exists(line => line.PriceId is null) ? CheckoutRequest.DefaultCurrency : null);
        SaleLine[] priced = [.. lines.Select(line => line is { UnitAmount: not null, Currency: null } ? line with { Currency = currency } : line)];
        for (var index = 0; index < priced.Length; index++)
        {
            Check(priced[index], currency, given[index].Place);
        }

        CheckTotal(priced, currency, request.IsList ? "line_items" : "price_cents");
        return priced;
    }

    private async Task<SaleLine> ResolveAsync(
        CheckoutRequestLine item, string? currency, string place, Dictionary<string, long> units, CancellationToken cancellationToken)
    {
        var quantity = item.Quantity;
        switch (item)
        {
            case { PriceId: not null, PriceCents: not null }:
                throw Invalid($"{place}price_cents must be omitted when price_id is given, because the price has its own amount.", place + "price_cents");
            case { PriceId: not null, ProductName: not null }:
                throw Invalid($"{place}product_name must be omitted when price_id is given, because the price belongs to a product.", place + "product_name");
            case { PriceId: { } priceId }:
                return await OfPriceAsync(item, priceId, currency, place, units, cancellationToken);
            case { ProductName: null, PriceCents: null, ProductId: { } productId }:
                return await catalog.FindAsync(productId, cancellationToken) is { } product
                    ? OfProduct(product, quantity, place, units)
                    : throw new CheckoutException(
                        CheckoutErrorCode.NotFound,
                        $"{place}product_id is not in the catalog. Call list_products for the valid ids, or pass product_name and price_cents for another product.",
                        place + "product_id");
            case { PriceCents: not null } or { ProductName: not null } when policy.CatalogOnly:
                policy.CheckInlinePrice(place + (item.PriceCents is null ? "product_name" : "price_cents"));
                break;
            case { ProductId: not null }:
                throw Invalid(
                    $"{place}product_id names a product of the catalog, which has its own name and price. Pass it alone, or pass your own id as caller_ref.",
                    place + "product_id");
            case { ProductName: null }:
                throw Invalid($"{place}product_name is missing. Pass product_id, or product_name and price_cents, or price_id.", place + "product_name");
            case { PriceCents: null }:
                throw Invalid($"{place}price_cents is missing. Pass product_name and price_cents, or price_id, or product_id alone.", place + "price_cents");
        }

        policy.CheckText(item.ProductName!, place + "product_name");
        return new SaleLine
        {
            Name = item.ProductName,
            UnitAmount = item.PriceCents,
            Quantity = quantity,
        };
    }

    /// <summary>The line of a Price. Its product follows from the Price, whatever the caller says.</summary>
    private async Task<SaleLine> OfPriceAsync(
        CheckoutRequestLine item, string priceId, string? currency, string place, Dictionary<string, long> units, CancellationToken cancellationToken)
    {
        var product = await catalog.FindAsync(priceId, cancellationToken);
        if (item.ProductId is { } productId && (product is null || (productId != product.Id && productId != product.Group)))
        {
            throw Invalid(
                $"{place}product_id is not the product of {place}price_id. Omit it, because the product follows from the Price, or pass your own id as caller_ref.",
                place + "product_id");
        }

        if (product is null && prices.NeedsOptIn)
        {
            throw new CheckoutException(
                CheckoutErrorCode.PriceNotAllowed, $"{place}price_id is not for sale to agents. Call list_products for what this server sells.", place + "price_id");
        }

        if ((product ?? (policy.NeedsAmounts ? await UnlistedAsync(priceId, place + "price_id", cancellationToken) : null)) is not { } price)
        {
            return new SaleLine
            {
                PriceId = priceId,
                Quantity = item.Quantity,
                Currency = currency is null ? await CurrencyOfAsync(priceId, cancellationToken) : null,
            };
        }

        var line = OfProduct(price, item.Quantity, place, units) with { ProductId = product?.Id };
        return policy.NeedsAmounts || currency is null || currency == line.Currency
            ? line
            // Only Stripe knows the Price's amount in another currency than its own, and returns the name with it.
            : line with { Name = null, Description = null, ImageUrl = null, UnitAmount = null, Currency = null };
    }

    /// <summary>A Price that is not in the catalog, where the policy needs its amount.</summary>
    private async Task<CatalogProduct> UnlistedAsync(string priceId, string param, CancellationToken cancellationToken)
    {
        if (policy.CatalogOnly)
        {
            throw new CheckoutException(
                CheckoutErrorCode.PriceNotAllowed, $"{param} is not in the catalog. Call list_products for what this server sells.", param);
        }

        return await CallStripeAsync(() => prices.FindAsync(priceId, cancellationToken))
            ?? throw new CheckoutException(CheckoutErrorCode.NotFound, $"Stripe has no active Price with a fixed amount for {param}.", param);
    }

    /// <summary>The Price's own currency, or null for a Price that Stripe does not have, which Stripe rejects when the session is created.</summary>
    private Task<string?> CurrencyOfAsync(string priceId, CancellationToken cancellationToken) =>
        CallStripeAsync(() => prices.CurrencyOfAsync(priceId, cancellationToken));

    private static async Task<T> CallStripeAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (StripeFailure failure)
        {
            throw StripeErrors.Explain(failure);
        }
    }

    /// <param name="product">The product.</param>
    /// <param name="quantity">The number of units.</param>
    /// <param name="place">The line's prefix in the names of arguments.</param>
    /// <param name="units">The units of each product so far, because a product's limit applies to the whole session and to all of its prices.</param>
    private static SaleLine OfProduct(CatalogProduct product, long quantity, string place, Dictionary<string, long> units)
    {
        var total = units[product.Group] = units.GetValueOrDefault(product.Group) + quantity;
        if (total > product.MaxQuantity)
        {
            throw new CheckoutException(
                CheckoutErrorCode.QuantityNotAllowed,
                $"{place}quantity is too large. At most {product.MaxQuantity} units of this product are sold in one checkout.",
                place + "quantity");
        }

        return new SaleLine
        {
            Name = product.Name,
            Description = product.Description,
            ImageUrl = product.ImageUrl,
            PriceId = product.PriceId,
            UnitAmount = product.Price.Amount,
            Currency = product.Price.Currency,
            Recurring = product.Recurring,
            Quantity = quantity,
            ProductId = product.Id,
            Group = product.Group,
            Stock = product.Stock,
            MaxQuantity = product.MaxQuantity,
            Session = product.Session,
        };
    }

    private void Check(SaleLine line, string? currency, string place)
    {
        if (line.Currency is not { } own)
        {
            return;
        }

        if (own != currency)
        {
            var name = line.PriceId is not null && line.ProductId != line.PriceId ? "price_id" : "product_id";
            throw Invalid($"{place}{name} is priced in {own}, but the checkout is in {currency}. A checkout has one currency.", place.Length > 0 ? place + name : "currency");
        }

        policy.CheckCurrency(own, "currency");
        var step = Currency.Find(own)?.Step ?? 1;
        if ((line.UnitAmount ?? 0) % step != 0)
        {
            throw Invalid(
                $"{place}price_cents must be a multiple of {step} in {own}, because Stripe does not charge smaller fractions of it.", place + "price_cents");
        }

        policy.CheckLine(line.Amount() ?? 0, own, place + "price_cents");
    }

    private void CheckTotal(IReadOnlyList<SaleLine> lines, string? code, string param)
    {
        // Stripe's Prices may have twelve digits, and the sum of a hundred such lines exceeds a long.
        var exact = lines.Sum(line => (decimal)(line.Amount() ?? 0));
        if (code is null || Currency.Find(code) is not { } currency)
        {
            return;
        }

        if (exact > Currency.MaximumAmount)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooLarge,
                $"The total is above Stripe's maximum of {Currency.Format(Currency.MaximumAmount, code)}. price_cents is in the currency's smallest unit.",
                param);
        }

        if (lines.Any(line => line.UnitAmount is null))
        {
            return;
        }

        var total = (long)exact;

        // A free sale is not charged, so it has no minimum.
        if (total > 0 && total < currency.Minimum)
        {
            throw new CheckoutException(
                CheckoutErrorCode.AmountTooSmall,
                $"The total of {Currency.Format(total, code)} is below Stripe's minimum of {Currency.Format(currency.Minimum, code)}. "
                + "price_cents is in the currency's smallest unit.",
                param);
        }

        policy.CheckTotal(total, code, param);
    }

    private static CheckoutException Invalid(string error, string param) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
