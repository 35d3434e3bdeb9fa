namespace CheckoutAspire.Orders.Partitions;

/// <summary>Registered by a service that has an archive. A service without one stops at a ledger of which orders are in an archive.</summary>
public sealed class LedgerArchive
{
    /// <summary>The stamp of a ledger of which orders are in an archive.</summary>
    internal const string Field = "archive";
}
