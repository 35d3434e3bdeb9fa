extern alias Sandbox;

using CheckoutAspire.McpApi.Values;
using Simulated = Sandbox::CheckoutAspire.StripeSandbox.Objects.Currency;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The server and the sandbox each state Stripe's currency rules; the two tables must agree.</summary>
public sealed class CurrencyTests
{
    [Fact]
    public void The_server_and_the_sandbox_know_the_same_currencies() =>
        Assert.Equal(Simulated.Codes.Order(StringComparer.Ordinal), Currency.Known.Select(currency => currency.Code).Order(StringComparer.Ordinal));

    [Fact]
    public void Decimals_steps_and_minimums_of_both_agree() => Assert.All(Currency.Known, currency =>
    {
        var simulated = new Simulated(currency.Code);
        Assert.Equal((currency.Decimals, (long)currency.Step), (simulated.Digits, simulated.Step));
        // The sandbox charges no less than the smallest amount where Stripe documents no minimum.
        Assert.Equal(currency.Minimum == 0 ? currency.Step : currency.Minimum, simulated.Minimum);
    });

    [Fact]
    public void The_largest_amount_of_both_is_the_same() => Assert.Equal(Simulated.MaximumAmount, Currency.MaximumAmount);
}
