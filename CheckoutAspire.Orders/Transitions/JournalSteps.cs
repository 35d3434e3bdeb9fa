using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>Reads the entries of a partition's journal.</summary>
public static class JournalSteps
{
    /// <summary>The steps of an entry: one for each order that it names. One script fulfills several orders, and its entry names all of them.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>The steps, each under an id of its own: <c>1763884800123-0</c>, then <c>1763884800123-0/1</c>.</returns>
    public static IEnumerable<ArchivedStep> Of(LedgerPartition partition, StreamEntry entry) => entry["session"].ToString().Split(' ').Select((orderId, index) =>
        new ArchivedStep(partition.Number, index == 0 ? $"{entry.Id}" : $"{entry.Id}/{index}", orderId, entry["what"].ToString(), entry["detail"].ToString()));
}
