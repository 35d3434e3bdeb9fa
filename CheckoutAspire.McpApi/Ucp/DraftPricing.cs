using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>What the catalogue makes of the lines that are asked for.</summary>
/// <param name="Currency">Of every line; empty when there is none.</param>
/// <param name="Lines">Those that can be sold at all.</param>
/// <param name="Messages">What is wrong with them, and with those that are left out.</param>
internal sealed record PricedLines(string Currency, IReadOnlyList<DraftLine> Lines, IReadOnlyList<UcpMessage> Messages);

/// <summary>Puts the seller's own titles and prices on what a platform asks for. It has no say in either.</summary>
internal sealed class DraftPricing(ProductCatalog catalog)
{
    private const string LinesPath = "$.line_items";

    /// <summary>Prices the lines, the first of which decides about the currency: a session has one.</summary>
    public async Task<PricedLines> PriceAsync(IReadOnlyList<RequestedLine> requested, CancellationToken cancellationToken)
    {
        List<DraftLine> lines = [];
        List<UcpMessage> messages = [];
        string? currency = null;
        foreach (var line in requested)
        {
            var product = await catalog.FindAsync(line.ItemId, cancellationToken);
            currency ??= product is { Recurring: null } ? product.Price.Currency : null;
            if (Refuse(product, line.ItemId, currency) is { } refusal)
            {
                messages.Add(refusal);
                continue;
            }

            // Of the session, however many lines it is split into.
            if (product!.MaxQuantity is { } most && requested.Where(other => other.ItemId == line.ItemId).Sum(other => other.Quantity) > most)
            {
                messages.Add(UcpMessage.Error(
                    "quantity_exceeded",
                    UcpSeverity.Recoverable,
                    $"At most {most} units of {product.Name} are sold at once.",
                    $"{LinesPath}[{lines.Count}].quantity"));
            }

            lines.Add(new DraftLine
            {
                Id = FreeId(line.Id, lines),
                ItemId = product.Id,
                Title = product.Name,
                UnitAmount = product.Price.Amount,
                Quantity = line.Quantity,
                ImageUrl = product.ImageUrl,
            });
        }

        if (currency is not null && RefuseTotal(lines, currency) is { } total)
        {
            messages.Add(total);
        }

        return new PricedLines(currency ?? "", lines, messages);
    }

    private static UcpMessage? Refuse(CatalogProduct? product, string itemId, string? currency) => product switch
    {
        null => Unavailable($"There is no product {itemId} in the seller's catalogue."),
        { Recurring: not null } => Unavailable($"{product.Name} is a subscription, which this protocol's version does not sell."),
        _ when product.Price.Currency != currency =>
            Unavailable($"{product.Name} is sold in {product.Price.Currency.ToUpperInvariant()}: a checkout has one currency, here {currency!.ToUpperInvariant()}."),
        _ => null,
    };

    private static UcpMessage Unavailable(string content) =>
        UcpMessage.Error("item_unavailable", UcpSeverity.Recoverable, content, LinesPath);

    private static UcpMessage? RefuseTotal(List<DraftLine> lines, string currency)
    {
        var limits = Currency.Find(currency)!;
        // At most 100 lines of 999,999 units at 99,999,999 each: far from what 64 bits hold.
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

    // A platform may name its lines; what it leaves out or uses twice is numbered.
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
