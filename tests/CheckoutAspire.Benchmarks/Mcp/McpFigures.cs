using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Mcp;

/// <summary>The MCP API's figures: of one round, or the medians of several.</summary>
/// <param name="Added">What <c>initiate_checkout</c> adds to its Stripe call, in milliseconds.</param>
/// <param name="Call">The whole call, as the client sees it.</param>
/// <param name="Told">From the order's fulfillment to the answer of the <c>wait_for_payment</c> that waited for it.</param>
/// <param name="StripeCalls">How often Stripe was called while they waited.</param>
/// <param name="Subscriptions">How many subscriptions the ledger had for them.</param>
internal sealed record McpFigures(Percentiles Added, Percentiles Call, Percentiles Told, int StripeCalls, int Subscriptions)
{
    public static McpFigures MedianOf(IReadOnlyList<McpFigures> rounds) => new(
        Percentiles.MedianOf([.. rounds.Select(round => round.Added)]),
        Percentiles.MedianOf([.. rounds.Select(round => round.Call)]),
        Percentiles.MedianOf([.. rounds.Select(round => round.Told)]),
        rounds.Max(round => round.StripeCalls),
        rounds.Max(round => round.Subscriptions));
}
