using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>The seal proves a sale that the ledger has lost. It covers everything that a copied seal could be used to change.</summary>
public sealed class SaleSealTests
{
    private static readonly SealedLine[] s_lines = [new("price_mug", 2, 4999), new(null, 1, 500), new("price_plan", 1, 1000)];

    private static readonly StripeSecretKey s_key = Key(StripeSecretKey.Sandbox);

    private static readonly string s_seal = SaleSeal.Of(s_key, "ref_1", "own_1", 11498, "usd", s_lines);

    /// <summary>At Stripe a line that had its own amount has a Price too, and the order of the lines is not documented.</summary>
    [Fact]
    public void A_seal_covers_the_lines_as_Stripe_returns_them() => Assert.True(
        Verify([new("price_plan", 1, 1000), new("price_made_by_Stripe", 1, 500), new("price_mug", 2, 4999)]));

    [Theory]
    [InlineData("price_other", 2, 4999)]
    [InlineData("price_mug", 3, 4999)]
    [InlineData("price_mug", 2, 4998)]
    [InlineData(null, 2, 4999)]
    public void Another_price_quantity_or_unit_amount_breaks_the_seal(string? price, long quantity, long unitAmount) =>
        Assert.False(Verify([new(price, quantity, unitAmount), .. s_lines[1..]]));

    [Fact]
    public void A_line_more_or_less_breaks_the_seal() => Assert.Equal((false, false), (Verify([.. s_lines, new(null, 1, 1)]), Verify(s_lines[..2])));

    [Theory]
    [InlineData("ref_2", "own_1", 11498, "usd")]
    [InlineData("ref_1", "own_2", 11498, "usd")]
    [InlineData("ref_1", "own_1", 11499, "usd")]
    [InlineData("ref_1", "own_1", 11498, "eur")]
    public void Another_reference_owner_amount_or_currency_breaks_the_seal(string orderRef, string owner, long amount, string currency) =>
        Assert.False(SaleSeal.Verify(s_seal, s_key, orderRef, owner, amount, currency, s_lines));

    [Fact]
    public void Another_key_breaks_the_seal() =>
        Assert.False(SaleSeal.Verify(s_seal, Key("sk_test_another"), "ref_1", "own_1", 11498, "usd", s_lines));

    [Theory]
    [InlineData("")]
    [InlineData("v2")]
    [InlineData("v2..")]
    [InlineData("v2.0123.4567.89")]
    public void What_is_not_a_seal_proves_nothing(string seal) => Assert.Equal(
        (false, false),
        (SaleSeal.Verify(seal, s_key, "ref_1", "own_1", 11498, "usd", s_lines), SaleSeal.Verify(seal, s_key, "ref_1", "own_1", 11498, "usd")));

    [Fact]
    public void A_seal_of_a_hundred_prices_fits_into_Stripe_s_metadata() => Assert.True(
        SaleSeal.Of(s_key, "ref_1", "own_1", 1, "usd", [.. Enumerable.Range(0, 100).Select(number => new SealedLine($"price_{number}", 1, 1))]).Length <= 500);

    [Fact]
    public void A_seal_of_the_first_version_is_accepted_and_one_that_covers_lines_is_not_accepted_without_them()
    {
        var first = StripeEvents.FirstSeal("ref_1", "own_1", 11498, "usd");

        Assert.Equal((false, true), (SaleSeal.CoversLines(first), SaleSeal.Verify(first, s_key, "ref_1", "own_1", 11498, "usd")));
        Assert.False(SaleSeal.Verify(first, s_key, "ref_1", "own_1", 11497, "usd"));
        Assert.Equal((true, false), (SaleSeal.CoversLines(s_seal), SaleSeal.Verify(s_seal, s_key, "ref_1", "own_1", 11498, "usd")));
    }

    private static bool Verify(SealedLine[] lines) => SaleSeal.Verify(s_seal, s_key, "ref_1", "own_1", 11498, "usd", lines);

    private static StripeSecretKey Key(string text) =>
        StripeSecretKey.TryParse(text, out var key, out var error) ? key : throw new InvalidOperationException(error);
}
