namespace CheckoutAspire.Orders.Archive;

/// <summary>
/// Where settled orders go when they leave Redis (ADR 0019). Redis decides: an order that is in both places is as Redis has it.
/// </summary>
/// <remarks>Throws <see cref="ArchiveUnavailableException"/> when the database does not answer. Every write is durable when it returns, and safe to repeat.</remarks>
public interface IOrderArchive
{
    /// <summary>Stores orders and journal entries in one transaction. A copy that is older than the stored one changes nothing.</summary>
    Task SaveAsync(IReadOnlyCollection<ArchivedOrder> orders, IReadOnlyCollection<ArchivedStep> steps);

    /// <summary>Stores entries of the audit.</summary>
    Task SaveAuditAsync(IReadOnlyCollection<ArchivedAuditEntry> entries);

    /// <summary>An order, or null.</summary>
    Task<ArchivedOrder?> FindAsync(string id);

    /// <summary>The order of a payment intent or of a subscription, or null.</summary>
    Task<string?> FindByReferenceAsync(string reference);

    /// <summary>The orders of an owner, or of one of its buyers, newest first and then by descending id.</summary>
    /// <param name="owner">The digest of the owner, or of the owner and the buyer.</param>
    /// <param name="after">The last order of the page before, or null.</param>
    /// <param name="count">At most this many.</param>
    Task<IReadOnlyList<(string Id, DateTimeOffset CreatedAt)>> ListAsync(string owner, (string Id, DateTimeOffset CreatedAt)? after, int count);

    /// <summary>The first steps of orders that have left the journal, newest first and then by descending id.</summary>
    /// <param name="after">The last one of the page before, or null.</param>
    /// <param name="count">At most this many.</param>
    Task<IReadOnlyList<OrderBeginning>> ListBegunAsync(OrderBeginning? after, int count);

    /// <summary>Those of the orders whose first step has left the journal.</summary>
    Task<IReadOnlySet<string>> FindBegunAsync(IReadOnlyCollection<string> ids);

    /// <summary>The journal entries of an order, oldest first.</summary>
    Task<IReadOnlyList<ArchivedStep>> ListStepsAsync(string orderId);

    /// <summary>The entries of the audit between two times, oldest first.</summary>
    Task<IReadOnlyList<ArchivedAuditEntry>> ListAuditAsync(DateTimeOffset since, DateTimeOffset before, int count);

    /// <summary>Replaces an order, whatever is stored.</summary>
    /// <param name="order">The order as it is to be.</param>
    /// <param name="formerBuyer">The digest that no longer lists it, or empty.</param>
    Task ReplaceAsync(ArchivedOrder order, string formerBuyer);

    /// <summary>
    /// Deletes orders, journal entries and entries of the audit that have not changed since a time. An order's first step is deleted together with the order, so that
    /// the list of all orders has it until then.
    /// </summary>
    /// <returns>The number of deleted orders.</returns>
    Task<int> DeleteAsync(DateTimeOffset before);
}
