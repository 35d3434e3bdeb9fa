using System.Globalization;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Finding;

/// <summary>A list of orders.</summary>
public enum OrderListKind
{
    /// <summary>Every order, newest first.</summary>
    All,

    /// <summary>Paid, not fulfilled and not held.</summary>
    Owed,

    /// <summary>Held until an operator decides.</summary>
    NeedsReview,
}

/// <summary>The lists of orders, filtered and in parts.</summary>
internal sealed class OrderLists(OperatorLedger ledger, OrderListing listing)
{
    private const int MostRead = 10_000;
    private const int MostWritten = 10_000;

    /// <summary>A part of a list. A filter that matches few orders ends a part early, so that a request never reads the whole ledger.</summary>
    /// <param name="kind">The list.</param>
    /// <param name="filter">Which of its orders are meant.</param>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the part before, or null.</param>
    /// <param name="count">The most orders of a part.</param>
    public async Task<Page<(Order Order, DateTimeOffset Since)>> ReadAsync(OrderListKind kind, OrderFilter filter, string? after, int count)
    {
        var found = new List<(Order Order, DateTimeOffset Since)>();
        for (var read = 0; ;)
        {
            var wanted = count - found.Count;
            var page = await ReadAsync(kind, after, wanted);
            found.AddRange(page.Items.Where(item => filter.Matches(item.Order, item.Since)));
            (after, read) = (page.Next, read + wanted);
            if (after is null || found.Count >= count || read >= MostRead)
            {
                return new Page<(Order, DateTimeOffset)>(found, after);
            }
        }
    }

    /// <summary>A list as comma-separated values; of a long list its first orders.</summary>
    public async Task<IResult> DownloadAsync(OrderListKind kind, OrderFilter filter)
    {
        var (rows, after) = (new List<(Order Order, DateTimeOffset Since)>(), (string?)null);
        do
        {
            var page = await ReadAsync(kind, filter, after, 500);
            rows.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null && rows.Count < MostWritten);

        return Csv.File(
            kind switch
            {
                OrderListKind.Owed => "owed.csv",
                OrderListKind.NeedsReview => "needs-review.csv",
                _ => "orders.csv",
            },
            ["order_number", "id", "state", "payment", "fulfillment", "since", "amount", "currency", "refunded", "disputed", "principal", "product_id", "product", "order_ref", "reason"],
            rows.Select(row => (IReadOnlyList<string?>)
            [
                row.Order.Number, row.Order.SessionId, row.Order.State.Name(), Lower(row.Order.Payment), Lower(row.Order.Fulfillment),
                row.Since.ToString("O", CultureInfo.InvariantCulture), Major(row.Order.AmountTotal, row.Order), row.Order.Currency, Major(row.Order.AmountRefunded, row.Order),
                Major(row.Order.AmountDisputed, row.Order), row.Order.Principal, row.Order.ProductId, row.Order.ProductName, row.Order.OrderRef, row.Order.Reason,
            ]));
    }

    private Task<Page<(Order Order, DateTimeOffset Since)>> ReadAsync(OrderListKind kind, string? after, int count) => kind switch
    {
        OrderListKind.Owed => ledger.OwedAsync(after, count),
        OrderListKind.NeedsReview => ledger.HeldAsync(after, count),
        _ => listing.ListAsync(after, count),
    };

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Major(long amount, Order order) => Amount.WriteNumber(amount, order.Currency);
}
