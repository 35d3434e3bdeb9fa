using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Orders.Tests;

public sealed class OrderNumberTests
{
    [Theory]
    [InlineData("ord_0199f2a1b2c37d4e8f90123456789abc")]
    [InlineData("ord_00000000000000000000000000000000")]
    [InlineData("")]
    public void A_number_is_short_and_has_no_letter_that_people_confuse(string orderRef) =>
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$", OrderNumber.Of(orderRef));

    // Buyers keep their numbers, so a release must not change them.
    [Fact]
    public void The_same_reference_always_has_the_same_number() =>
        Assert.Equal("AGW53-FE9SQ", OrderNumber.Of("ord_0199f2a1b2c37d4e8f90123456789abc"));

    [Fact]
    public void References_that_differ_in_one_character_have_different_numbers() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(number => OrderNumber.Of($"ord_{number:x32}")).Distinct(StringComparer.Ordinal).Count());
}
