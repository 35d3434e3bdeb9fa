namespace CheckoutAspire.Orders.Transitions;

/// <summary>What a fact did to its order.</summary>
/// <param name="Outcome">The effect of the fact.</param>
/// <param name="Fence">The claim's fence, if the order was claimed or fulfilled.</param>
/// <param name="Done">Handlers that an earlier claim had finished.</param>
public readonly record struct Transition(Outcome Outcome, long Fence, IReadOnlyList<string> Done)
{
    /// <summary>Of <see cref="Outcome.NeedsReview"/>: why, if this fact is the reason.</summary>
    public string? Reason { get; init; }

    /// <summary>Of <see cref="Outcome.WitnessDue"/>: since when the Redis server holds the ledger, in Unix milliseconds.</summary>
    public long ServerSince { get; init; }
}
