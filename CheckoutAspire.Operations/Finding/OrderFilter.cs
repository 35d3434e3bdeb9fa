using System.Globalization;
using System.Text.Json.Serialization;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Finding;

/// <summary>Which orders of a list are meant, as the query has it.</summary>
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
    [JsonIgnore]
    public bool IsEmpty => Parameters.All(parameter => string.IsNullOrWhiteSpace(parameter.Value));

    /// <summary>Why a value cannot be read, in a sentence; null if all can.</summary>
    [JsonIgnore]
    public string? Problem => (State, Since, Before, Min, Max) switch
    {
        ({ } state, _, _, _, _) when !IsNone(state) && !States.Contains(state) => $"“{state}” is not a state. The states are {string.Join(", ", States)}.",
        (_, { } day, _, _, _) when !IsNone(day) && Dates.Read(day) is null => NoDay(day),
        (_, _, { } day, _, _) when !IsNone(day) && Dates.Read(day) is null => NoDay(day),
        (_, _, _, { } amount, _) when !IsNone(amount) && Number(amount) is null => NoAmount(amount),
        (_, _, _, _, { } amount) when !IsNone(amount) && Number(amount) is null => NoAmount(amount),
        _ => null,
    };

    /// <summary>The filters that are set, in the words of the pages.</summary>
    [JsonIgnore]
    public IEnumerable<(string Name, string Value)> InWords => new (string Name, string? Value)[]
    {
        ("State", State?.Replace('_', ' ')), ("Since", Since), ("Before", Before), ("Amount from", Min), ("Amount to", Max), ("Currency", Currency), ("Sold by", Principal),
        ("Product", Product), ("Handler", Handler), ("Reason contains", Matching),
    }.Where(filter => !IsNone(filter.Value)).Select(filter => (filter.Name, filter.Value!));

    /// <summary>The parameters of the query.</summary>
    [JsonIgnore]
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
        return (IsNone(State) || IsInState(order, State!))
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

    /// <summary>Reads the filter from a form.</summary>
    public static OrderFilter Read(Func<string, string?> value) => new(
        value("state"), value("since"), value("before"), value("min"), value("max"), value("currency"), value("principal"), value("product"), value("handler"),
        value("matching"));

    private static string NoDay(string text) => $"“{text}” is not a day. Write it as 2026-11-26.";

    private static string NoAmount(string text) => $"“{text}” is not an amount. Write it as 1234.50.";

    private static bool IsNone(string? wanted) => string.IsNullOrWhiteSpace(wanted);

    private static bool Is(string? wanted, string? value) => IsNone(wanted) || string.Equals(wanted!.Trim(), value, StringComparison.OrdinalIgnoreCase);

    private static bool Has(string? text, string? part) => text?.Contains(part!.Trim(), StringComparison.OrdinalIgnoreCase) == true;

    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;
}
