using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

public sealed class OrderReplacementsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly LedgerKit _ledger = new(redis.Server.Connection, partitions: 4);

    private OrderReplacements Replacements => new(redis.Server.Connection, _ledger.Partitions);

    [Fact]
    public async Task Of_requests_that_race_one_claims_the_order_and_claims_it_again()
    {
        var old = (await _ledger.SellAsync()).SessionId;

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Replacements.ClaimAsync(old, $"ref_{number}")));

        var winner = Assert.Single(Enumerable.Range(0, 20), number => claims[number] is ReplacementClaim.Claimed);
        Assert.All(claims.Where(claim => claim is not ReplacementClaim.Claimed), claim => Assert.Equal(new ReplacementClaim.Taken(null), claim));
        Assert.IsType<ReplacementClaim.Claimed>(await Replacements.ClaimAsync(old, $"ref_{winner}"));
        Assert.Null((await _ledger.Orders.FindAsync(old))!.ReplacedBy);
    }

    [Fact]
    public async Task A_replaced_order_names_its_replacement_once_and_for_ever()
    {
        var old = (await _ledger.SellAsync()).SessionId;
        await Replacements.ClaimAsync(old, "ref_new");

        await Replacements.CompleteAsync(old, "ref_other", "cs_test_other");
        await Replacements.CompleteAsync(old, "ref_new", "cs_test_new");
        await Replacements.CompleteAsync(old, "ref_new", "cs_test_again");
        await Replacements.ReleaseAsync(old, "ref_new");
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(old, PaymentStatusChange.Expired), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        var order = (await _ledger.Orders.FindAsync(old))!;
        Assert.Equal(("cs_test_new", OrderState.Expired), (order.ReplacedBy, order.State));
        Assert.Equal(["created", "replaced", "expired"], order.Timeline.Select(step => step.What));
        Assert.Equal(new ReplacementClaim.Taken("cs_test_new"), await Replacements.ClaimAsync(old, "ref_other"));
    }

    [Fact]
    public async Task A_claim_that_is_given_up_is_free_for_the_next_request()
    {
        var old = (await _ledger.SellAsync()).SessionId;
        await Replacements.ClaimAsync(old, "ref_1");

        await Replacements.ReleaseAsync(old, "ref_2");
        Assert.IsType<ReplacementClaim.Taken>(await Replacements.ClaimAsync(old, "ref_2"));
        await Replacements.ReleaseAsync(old, "ref_1");

        Assert.IsType<ReplacementClaim.Claimed>(await Replacements.ClaimAsync(old, "ref_2"));
    }

    [Theory]
    [InlineData(PaymentStatusChange.Expired, null)]
    [InlineData(PaymentStatusChange.Paid, "fulfilled")]
    [InlineData(PaymentStatusChange.Processing, "awaiting_payment")]
    public async Task Only_an_open_or_expired_order_is_claimed(PaymentStatusChange change, string? completed)
    {
        var old = (await _ledger.SellAsync()).SessionId;
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(old, change), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        ReplacementClaim expected = completed is null ? new ReplacementClaim.Claimed() : new ReplacementClaim.Completed(completed);
        Assert.Equal(expected, await Replacements.ClaimAsync(old, "ref_new"));
    }

    [Fact]
    public async Task An_order_that_is_not_in_Redis_is_unknown() =>
        Assert.IsType<ReplacementClaim.Unknown>(await Replacements.ClaimAsync(LedgerKit.NewSessionId(), "ref_new"));
}
