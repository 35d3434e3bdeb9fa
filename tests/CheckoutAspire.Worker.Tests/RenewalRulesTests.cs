using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Events;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Which renewals fit the sale that began their subscription. Lines are written as <c>2*4999r</c>: quantity, unit amount, and whether they recur.</summary>
public sealed class RenewalRulesTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    [Theory]
    [InlineData("1*1000r", false, 1000, 1000, null)]
    [InlineData("1*1000r", false, 1, 1, "amount_subtotal 1000 was sold for each period, 1 was renewed")]
    [InlineData("1*1000r", false, 1000, 1, "amount_subtotal 1000 was renewed without discounts or tax, 1 was paid")]
    [InlineData("1*1000r", false, 1000, 1190, "amount_subtotal 1000 was renewed without discounts or tax, 1190 was paid")]
    [InlineData("2*1000r 1*500 1*250r", false, 2250, 2250, null)]
    [InlineData("2*1000r 1*500 1*250r", false, 2750, 2750, "amount_subtotal 2250 was sold for each period, 2750 was renewed")]
    [InlineData("2*1000r 1*500 1*250r", false, 1250, 1250, "amount_subtotal 2250 was sold for each period, 1250 was renewed")]
    [InlineData("1*1000r", true, 1000, 800, null)]
    [InlineData("1*1000r", true, 1000, 1190, null)]
    [InlineData("1*1000r", true, 1000, 1501, "amount_subtotal 1000 was renewed, 1501 was paid")]
    [InlineData("1*1000r", true, 1, 1, "amount_subtotal 1000 was sold for each period, 1 was renewed")]
    [InlineData("1*1000r", true, 1000, 0, "the renewal is for 0")]
    [InlineData("1*1000r", false, -500, 0, "the renewal is for -500")]
    public async Task A_renewal_costs_what_recurs(string lines, bool totalVaries, long subtotal, long paid, string? suspicion) =>
        Assert.Equal(suspicion, RenewalRules.Check(await SellAsync(lines, totalVaries), "usd", subtotal, paid));

    [Theory]
    [InlineData("1*1000r", true)]
    [InlineData("1*1000r 2*500", true)]
    [InlineData("1*1000?", false)]
    [InlineData("1*1000r 1*500?", false)]
    [InlineData("", false)]
    public async Task A_sale_of_an_earlier_ledger_does_not_say_what_recurs(string lines, bool known) =>
        Assert.Equal(known, RenewalRules.KnowsWhatRecurs(await SellAsync(lines, totalVaries: false)));

    [Fact]
    public async Task A_sale_without_a_line_that_recurs_has_no_renewal() => Assert.Equal(
        "amount_subtotal 0 was sold for each period, 1 was renewed", RenewalRules.Check(await SellAsync("1*1000", totalVaries: false), "usd", 1, 1));

    [Fact]
    public async Task A_renewal_in_another_currency_does_not_fit() => Assert.Equal(
        "currency usd was sold, eur was renewed", RenewalRules.Check(await SellAsync("1*1000r", totalVaries: false), "eur", 1000, 1000));

    private async Task<Order> SellAsync(string lines, bool totalVaries)
    {
        var sold = lines.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Read).ToList();
        var total = sold.Count == 0 ? 9998 : sold.Sum(line => line.Quantity * line.UnitAmount) ?? 0;
        var id = LedgerKit.NewSessionId();
        await _ledger.Orders.RecordAsync(new NewOrder
        {
            SessionId = id,
            OrderRef = "ref_" + id,
            AmountSubtotal = total,
            AmountTotal = total,
            Currency = "usd",
            Livemode = false,
            Mode = "subscription",
            ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
            CheckoutUrl = "http://localhost/c/pay/" + id,
            LineItems = sold,
            TotalVaries = totalVaries,
        });
        return (await _ledger.Orders.FindAsync(id))!;
    }

    private static OrderLine Read(string line)
    {
        var parts = line.TrimEnd('r', '?').Split('*');
        return new OrderLine
        {
            Quantity = long.Parse(parts[0], CultureInfo.InvariantCulture),
            UnitAmount = long.Parse(parts[1], CultureInfo.InvariantCulture),
            Recurring = line[^1] == '?' ? null : line[^1] == 'r',
        };
    }
}
