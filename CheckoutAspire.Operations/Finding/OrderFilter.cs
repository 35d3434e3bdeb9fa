using System.Globalization;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Finding;

/// <summary>Which orders of a list are meant, as the query has it. A value that cannot be read matches everything.</summary>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Since">In the list since this day or time, or later.</param>
/// <param name="Before">In the list since before this day or time.</param>
/// <param name="Min">The least amount, in the currency's major unit.</param>
/// <param name="Max">The greatest amount, in the currency's major unit.</param>
/// <param name="Currency">An ISO 4217 code.</param>
/// <param name="Principal">The caller that sold.</param>
/// <param name="Product">A product's id, or a part of its name.</param>
/// <param name="Handler">A fulfillment handler that was called, or that the order waits for.</param>
/// <param name="Matching">A part of the reason.</param>
public sealed record OrderFilter(
    string? State = null, string? Since = null, string? Before = null, string? Min = null, string? Max = null, string? Currency = null, string? Principal = null,
    string? Product = null, string? Handler = null, string? Matching = null)
{
    /// <summary>The states that a list is filtered by.</summary>
    public static IReadOnlyList<string> States { get; } =
        ["not_paid", "processing", "payment_failed", "expired", "owed", "held", "rejected", "fulfilled", "refunded", "disputed"];

    /// <summary>Whether everything is meant.</summary>
    public bool IsEmpty => Parameters.All(parameter => string.IsNullOrWhiteSpace(parameter.Value));

    /// <summary>The parameters of the query.</summary>
    public IEnumerable<(string Name, string? Value)> Parameters =>
    [
        ("state", State), ("since", Since), ("before", Before), ("min", Min), ("max", Max), ("currency", Currency), ("principal", Principal), ("product", Product),
        ("handler", Handler), ("matching", Matching),
    ];

    /// <summary>Whether an order is meant.</summary>
    /// <param name="order">The order.</param>
    /// <param name="since">Since when it is in the list.</param>
    public bool Matches(Order order, DateTimeOffset since)
    {
        var amount = Amount.InMajorUnits(order.AmountTotal, order.Currency);
        return (IsNone(State) || !States.Contains(State) || IsInState(order, State!))
            && (Dates.Read(Since) is not { } from || since >= from)
            && (Dates.Read(Before) is not { } before || since < before)
            && (Number(Min) is not { } min || amount >= min)
            && (Number(Max) is not { } max || amount <= max)
            && Is(Currency, order.Currency)
            && Is(Principal, order.Principal)
            && (IsNone(Product) || Is(Product, order.ProductId) || Has(order.ProductName, Product)
                || order.LineItems.Any(line => Is(Product, line.ProductId) || Is(Product, line.PriceId) || Has(line.Name, Product)))
            && (IsNone(Handler) || order.Called.Concat(order.Done).Concat(order.Attempts.Select(attempt => attempt.Handler)).Any(name => Is(Handler, name))
                || Has(order.Reason, $"handler {Handler!.Trim()}"))
            && (IsNone(Matching) || Has(order.Reason, Matching));
    }

    private static bool IsInState(Order order, string state) => state switch
    {
        "not_paid" => order is { Payment: OrderPayment.Unpaid, Fulfillment: OrderFulfillment.None },
        "processing" => order.Payment is OrderPayment.Processing,
        "payment_failed" => order.Payment is OrderPayment.Failed,
        "expired" => order.Payment is OrderPayment.Expired,
        "owed" => order is { Payment: OrderPayment.Paid, Fulfillment: OrderFulfillment.Ready or OrderFulfillment.Claimed },
        "held" => order.Fulfillment is OrderFulfillment.Held,
        "rejected" => order.Fulfillment is OrderFulfillment.Rejected,
        "fulfilled" => order.Fulfillment is OrderFulfillment.Fulfilled,
        "refunded" => order.AmountRefunded > 0,
        _ => order.AmountDisputed > 0,
    };

    private static bool IsNone(string? wanted) => string.IsNullOrWhiteSpace(wanted);

    private static bool Is(string? wanted, string? value) => IsNone(wanted) || string.Equals(wanted!.Trim(), value, StringComparison.OrdinalIgnoreCase);

    private static bool Has(string? text, string? part) => text?.Contains(part!.Trim(), StringComparison.OrdinalIgnoreCase) == true;

    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;
}
