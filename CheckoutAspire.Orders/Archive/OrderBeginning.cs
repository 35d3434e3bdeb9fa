using System.Globalization;

namespace CheckoutAspire.Orders.Archive;

/// <summary>The step with which an order began, by which all orders are listed.</summary>
/// <param name="At">When, in Unix milliseconds.</param>
/// <param name="Id">The order.</param>
public sealed record OrderBeginning(long At, string Id)
{
    /// <summary>How <c>restore_order.lua</c> begins an order of a ledger that was lost, if the witness at Stripe knows it.</summary>
    public const string WitnessedDetail = "restored from the witness at Stripe";

    /// <summary>How the detail of such an order begins if the witness does not know it.</summary>
    public const string UnwitnessedDetail = "paid before this ledger began";

    /// <summary>The newest one first, and those of the same millisecond by descending id.</summary>
    public static IComparer<OrderBeginning> NewestFirst { get; } = Comparer<OrderBeginning>.Create(static (left, right) =>
        right.At.CompareTo(left.At) is var byTime and not 0 ? byTime : string.CompareOrdinal(right.Id, left.Id));

    /// <summary>The steps with which an order may begin, and the text with which their details begin.</summary>
    public static IReadOnlyList<(string What, string Detail)> Steps { get; } =
        [("created", ""), ("fulfilled", WitnessedDetail), ("needs_review", UnwitnessedDetail)];

    /// <summary>Whether an entry of the journal is an order's first step.</summary>
    public static bool Is(string what, string detail) => Steps.Any(step => step.What == what && detail.StartsWith(step.Detail, StringComparison.Ordinal));

    /// <summary>Reads <c>1763884800123/cs_test_a1</c>; null if the text is not a beginning.</summary>
    public static OrderBeginning? Read(string? text) =>
        text?.Split('/') is [var time, var id] && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? new OrderBeginning(at, id) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At}/{Id}");
}
