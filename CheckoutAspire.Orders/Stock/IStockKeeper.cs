namespace CheckoutAspire.Orders.Stock;

/// <summary>Units of one product in a sale.</summary>
/// <param name="Product">The product: a Stripe Product (<c>prod_…</c>), or the id of a product of the catalog file.</param>
/// <param name="Units">Number of units.</param>
/// <param name="Stock">The catalog's count of all units that are offered, sold ones included; null for a product without one.</param>
public sealed record StockLine(string Product, long Units, long? Stock);

/// <summary>A product of which too few units are left.</summary>
/// <param name="Product">The product.</param>
/// <param name="Left">The units that are left.</param>
public sealed record StockShortage(string Product, long Left);

/// <summary>
/// Keeps the seller's stock. The one that is registered by default counts in Redis against the catalog's <c>stock</c>. Register another one to ask an
/// inventory of your own.
/// </summary>
/// <remarks>
/// Every operation may be called again for the same order, and must then change nothing. A sale is committed once it is paid, and released when it can no
/// longer be paid, whatever became of the process that reserved it.
/// </remarks>
public interface IStockKeeper
{
    /// <summary>Whether the units of a product are counted.</summary>
    bool Counts(StockLine line) => line.Stock is not null;

    /// <summary>Reserves all lines of a sale, before Stripe is called, or none.</summary>
    /// <returns>The first product of which too few units are left, or null if everything is reserved.</returns>
    Task<StockShortage?> ReserveAsync(string orderRef, IReadOnlyList<StockLine> lines);

    /// <summary>
    /// The same for a sale that replaces another one, which still has its reservation and is released next. Units that the other sale has reserved may be
    /// reserved by this one too, because at most one of the two is paid.
    /// </summary>
    /// <returns>As <see cref="ReserveAsync(string, IReadOnlyList{StockLine})"/>.</returns>
    Task<StockShortage?> ReserveAsync(string orderRef, IReadOnlyList<StockLine> lines, string replacedOrderRef) => ReserveAsync(orderRef, lines);

    /// <summary>The sale is paid. This may come after <see cref="LapseAsync"/>; then the units are sold even if none are left.</summary>
    Task CommitAsync(string orderRef);

    /// <summary>The sale was not made, has expired or was canceled.</summary>
    Task ReleaseAsync(string orderRef);

    /// <summary>
    /// The time to pay the sale is over, and whether it was paid is not known, because no event reported it: its units are available again. If the payment turns out
    /// to have been made, <see cref="CommitAsync"/> follows, else <see cref="ReleaseAsync"/>.
    /// </summary>
    Task LapseAsync(string orderRef) => ReleaseAsync(orderRef);

    /// <summary>The units that are left of each of these products.</summary>
    Task<IReadOnlyDictionary<string, long>> LeftAsync(IReadOnlyList<StockLine> products);
}
