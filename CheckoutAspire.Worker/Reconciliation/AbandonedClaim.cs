using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Finds claims whose entry Redis has lost: nothing but another entry ends them.</summary>
internal static class AbandonedClaim
{
    /// <summary>
    /// No worker holds the claim, and its entry no longer exists. If the first entry does appear, a second one does no harm.
    /// A claim that was dead-lettered has a reason, and is left to operators.
    /// </summary>
    public static bool IsAbandoned(this Order claimed, TimeSpan lease, DateTimeOffset now) =>
        claimed.Reason is null && (claimed.LeaseUntil ?? default) + (2 * lease) < now;
}
