using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>Reads the entries of a partition's journal.</summary>
public static class JournalSteps
{
    /// <summary>The step whose entry names all orders that one script has fulfilled. An entry of any other step names one order, or one object with any id.</summary>
    private const string Shared = "fulfilled";

    /// <summary>The steps of an entry, one for each order that it names.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>The steps, each under an id of its own: <c>1763884800123-0</c>, then <c>1763884800123-0/1</c>.</returns>
    public static IEnumerable<ArchivedStep> Of(LedgerPartition partition, StreamEntry entry)
    {
        var (named, what, detail) = (entry["session"].ToString(), entry["what"].ToString(), entry["detail"].ToString());
        string[] ids = what == Shared ? named.Split(' ') : [named];
        return ids.Select((id, index) => new ArchivedStep(partition.Number, index == 0 ? $"{entry.Id}" : $"{entry.Id}/{index}", id, what, detail));
    }
}
