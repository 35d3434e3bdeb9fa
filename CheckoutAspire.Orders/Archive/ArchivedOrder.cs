namespace CheckoutAspire.Orders.Archive;

/// <summary>An order as the archive keeps it: the fields of its hash in Redis, and the columns by which it is found.</summary>
public sealed record ArchivedOrder
{
    /// <summary>The Checkout Session's id, or the invoice's of a renewal.</summary>
    public required string Id { get; init; }

    /// <summary>The owner, as a digest, or empty.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The digest of the owner and the buyer by which the buyer's orders are listed, or empty.</summary>
    public string Buyer { get; init; } = "";

    /// <summary>When the ledger recorded the order.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the last step of its timeline was made. Of two copies, the one that changed last is kept.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The fields of the order's hash.</summary>
    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>The invoices that renewed its subscription, by when Stripe made them, in Unix seconds.</summary>
    public IReadOnlyDictionary<string, long> Renewals { get; init; } = new Dictionary<string, long>();

    /// <summary>The ids of other Stripe objects by which events find the order: its payment intent and its subscription.</summary>
    public IEnumerable<string> References =>
        ((string[])["payment_intent", "subscription"]).Select(name => Fields.GetValueOrDefault(name, "")).Where(id => id.Length > 0);
}

/// <summary>A step of a partition's journal.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="EntryId">The step's id, which begins with its time: that of the entry in the stream, <c>1763884800123-0</c>, with a number if the entry has several.</param>
/// <param name="OrderId">The order or, for a decision on a dead letter, the object.</param>
/// <param name="What">The step.</param>
/// <param name="Detail">Why, or empty.</param>
public sealed record ArchivedStep(long Partition, string EntryId, string OrderId, string What, string Detail);

/// <summary>An entry of the audit.</summary>
/// <param name="EntryId">The entry's id in the stream, which begins with its time: <c>1763884800123-0</c>.</param>
/// <param name="Fields">Its fields.</param>
public sealed record ArchivedAuditEntry(string EntryId, IReadOnlyDictionary<string, string> Fields);
