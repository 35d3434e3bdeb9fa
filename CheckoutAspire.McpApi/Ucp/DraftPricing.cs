using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The requested lines with the catalog's titles and prices.</summary>
/// <param name="Currency">The currency of every line; empty if there is no line.</param>
/// <param name="Lines">The lines that can be sold.</param>
/// <param name="Messages">Problems of these lines, and of the lines that cannot be sold.</param>
internal sealed record PricedLines(string Currency, IReadOnlyList<DraftLine> Lines, IReadOnlyList<UcpMessage> Messages);

/// <summary>Prices a platform's lines with the catalog. The platform cannot set titles or prices.</summary>
internal sealed class DraftPricing(ProductCatalog catalog)
{
    private const string LinesPath = "$.line_items";

    /// <summary>Prices the lines. The first one determines the currency, because a session has one currency.</summary>
    public async Task<PricedLines> PriceAsync(IReadOnlyList<RequestedLine> requested, CancellationToken cancellationToken)
    {
        List<DraftLine> lines = [];
        List<UcpMessage> messages = [];
        string? currency = null;
        var found = new Dictionary<string, CatalogProduct>(StringComparer.Ordinal);
        foreach (var id in requested.Select(line => line.ItemId).Distinct(StringComparer.Ordinal))
        {
            if (await catalog.FindListedAsync(id, cancellationToken) is { } listed)
            {
                found[id] = listed;
            }
        }

        // A limit applies to the whole session, even if it has several lines or several prices of the product.
        var units = requested.Where(line => found.ContainsKey(line.ItemId)).GroupBy(line => found[line.ItemId].Group, StringComparer.Ordinal)
            .ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity), StringComparer.Ordinal);
        foreach (var line in requested)
        {
            var product = found.GetValueOrDefault(line.ItemId);
            currency ??= product is { Recurring: null } ? product.Price.Currency : null;
            if (Validate(product, line.ItemId, currency) is { } error)
            {
                messages.Add(error);
                continue;
            }

            if (product!.MaxQuantity is { } most && units[product.Group] > most)
            {
                messages.Add(UcpMessage.Error(
                    "quantity_exceeded",
                    UcpSeverity.Recoverable,
                    $"At most {most} units of {product.Name} are sold in one checkout.",
                    $"{LinesPath}[{lines.Count}].quantity"));
            }

            lines.Add(new DraftLine
            {
                Id = FreeId(line.Id, lines),
                ItemId = product.Id,
                CallerRef = line.CallerRef,
                Title = product.Name,
                UnitAmount = product.Price.Amount,
                Quantity = line.Quantity,
                ImageUrl = product.ImageUrl,
            });
        }

        if (currency is not null && ValidateTotal(lines, currency) is { } total)
        {
            messages.Add(total);
        }

        return new PricedLines(currency ?? "", lines, messages);
    }

    private static UcpMessage? Validate(CatalogProduct? product, string itemId, string? currency) => product switch
    {
        null => Unavailable($"There is no product {itemId} in the seller's catalog."),
        { Recurring: not null } => Unavailable($"{product.Name} is a subscription, which cannot be sold through this protocol."),
        _ when product.Price.Currency != currency =>
            Unavailable($"{product.Name} is sold in {product.Price.Currency.ToUpperInvariant()}, but this checkout is in {currency!.ToUpperInvariant()}. A checkout has one currency."),
        _ => null,
    };

    private static UcpMessage Unavailable(string content) =>
        UcpMessage.Error("item_unavailable", UcpSeverity.Recoverable, content, LinesPath);

    private static UcpMessage? ValidateTotal(List<DraftLine> lines, string currency)
    {
        var limits = Currency.Find(currency)!;
        // At most 100 lines of 999,999 units at 99,999,999 each, which 64 bits can hold.
        var total = lines.Sum(line => line.UnitAmount * line.Quantity);
        if (total < limits.Minimum)
        {
            return UcpMessage.Error(
                "amount_too_small",
                UcpSeverity.Recoverable,
                $"The total of {Currency.Format(total, currency)} is below the minimum of {Currency.Format(limits.Minimum, currency)}.",
                "$.totals");
        }

        return total > Currency.MaximumAmount
            ? UcpMessage.Error(
                "amount_too_large",
                UcpSeverity.Recoverable,
                $"The total of {Currency.Format(total, currency)} is above the maximum of {Currency.Format(Currency.MaximumAmount, currency)}.",
                "$.totals")
            : null;
    }

    // A platform may give its lines ids. Missing and duplicate ids are replaced by numbers.
    private static string FreeId(string? wanted, List<DraftLine> lines)
    {
        if (wanted is { Length: > 0 } && lines.TrueForAll(line => line.Id != wanted))
        {
            return wanted;
        }

        var number = lines.Count + 1;
        while (lines.Exists(line => line.Id == $"li_{number}"))
        {
            number++;
        }

        return $"li_{number}";
    }
}
