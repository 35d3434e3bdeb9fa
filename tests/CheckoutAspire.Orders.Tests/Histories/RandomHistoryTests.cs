using CheckoutAspire.Orders.Tests.Archive;
using CsCheck;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>
/// Random histories of all that can happen to orders: whatever is reordered, repeated and lost, the ledger ends with the state of Stripe's
/// objects, and nothing is fulfilled twice, unpaid or held.
/// </summary>
/// <remarks>
/// CsCheck prints the seed and the smallest history that fails. <c>CsCheck_Seed</c> replays it; <c>CsCheck_Iter</c> or <c>CsCheck_Time</c>
/// (seconds) plays more than the usual 100 histories.
/// </remarks>
[Trait("loop", "long")]
public sealed class RandomHistoryTests(ArchiveFixture fixture) : IClassFixture<ArchiveFixture>
{
    [Fact]
    public async Task However_facts_arrive_the_ledger_ends_with_the_state_of_Stripes_objects()
    {
        var archive = await fixture.OpenAsync(ArchiveFixture.Sqlite);
        await Step.Histories.SampleAsync(
            (partitions, steps) => new History(fixture.Redis.Connection, partitions, archive).PlayAsync(steps),
            threads: 1,
            print: history => $"{history.Item1} partitions: {string.Join(", ", history.Item2)}");
    }
}
