using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>Compares the ledger at the end of a history with <see cref="ModelLedger"/> and with <see cref="ModelStripe"/>.</summary>
internal sealed class LedgerComparison(IConnectionMultiplexer redis, LedgerKit ledger, ModelLedger model)
{
    public async Task CompareWithModelAsync(string id)
    {
        var (expected, actual) = (model.Find(id), await ledger.Orders.FindAsync(id));
        Same(
            $"parts of {id}",
            (expected?.Payment, expected?.Fulfillment, expected?.Fulfillments, expected?.Hold, expected?.Refunded, expected?.Disputed),
            (actual?.Payment, actual?.Fulfillment, actual?.Fulfillments, actual?.Hold, actual?.AmountRefunded, actual?.AmountDisputed));
        var (partition, database) = (ledger.Partitions.Of(id), redis.GetDatabase());
        var owed = expected?.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed;
        Same("held", expected?.Fulfillment is OrderFulfillment.Held, await database.SortedSetScoreAsync(partition.Held, id) is not null && expected is not null);
        Same("owed", owed, await database.SortedSetScoreAsync(partition.Owed, id) is not null);
        Same("open", model.Open.Contains(id), await database.SortedSetScoreAsync(partition.Open, id) is not null);
        Same("fulfilled steps", expected?.Fulfillments ?? 0, actual?.Timeline.Count(step => step.What == "fulfilled") ?? 0);
    }

    /// <summary>The four parts equal Stripe's objects, whatever was lost, and an order is only held or not fulfilled for a reason.</summary>
    public async Task CompareWithStripeAsync(StripeSale sale, bool recorded, bool approvedUnpaid)
    {
        if (await ledger.Orders.FindAsync(sale.Id) is not { } order)
        {
            var needsOrder = recorded || (sale.Origin is not SaleOrigin.Foreign && sale.Payment is OrderPayment.Paid or OrderPayment.Processing);
            Assert.False(needsOrder, $"The ledger has no order of {sale}.");
            return;
        }

        Assert.NotEqual(SaleOrigin.Foreign, sale.Origin);
        Same($"payment of {sale.Id}", sale.Payment, order.Payment);
        Same($"refunds of {sale.Id}", Describe(sale.Refunds.Values), Describe(order.Refunds));
        Same($"disputes of {sale.Id}", Describe(sale.Disputes.Values), Describe(order.Disputes));
        Same($"returned of {sale.Id}", (sale.Refunded, sale.Disputed), (order.AmountRefunded, order.AmountDisputed));
        var reason = sale.Refunded > 0 || sale.Disputes.Values.Any(dispute => dispute.Effect is not ReturnEffect.None)
            || (recorded && sale.DiffersFromSale) || sale.Suspicion.Length > 0 || (sale.Origin is SaleOrigin.Claimed && !recorded);
        switch (order.Fulfillment)
        {
            case OrderFulfillment.Fulfilled:
                Same($"fulfillments of {sale.Id}", 1, order.Fulfillments);
                Assert.True(sale.Payment is OrderPayment.Paid || approvedUnpaid, $"{sale.Id} was fulfilled unpaid.");
                break;
            case OrderFulfillment.Held:
                Assert.True(
                    reason || order.Reason!.StartsWith("claimed with handlers", StringComparison.Ordinal), $"{sale.Id} is held without a reason: {order.Reason}");
                break;
            case OrderFulfillment.None:
                Assert.False(sale.Payment is OrderPayment.Paid, $"{sale.Id} is paid and was not fulfilled.");
                break;
            case OrderFulfillment.Rejected:
                Same($"fulfillments of {sale.Id}", 0, order.Fulfillments);
                break;
            default:
                Assert.Fail($"{sale.Id} is {order.Fulfillment} with nothing left to do.");
                break;
        }
    }

    /// <summary>No entry is left but those that the model has pending.</summary>
    public async Task CompareEntriesAsync()
    {
        var left = 0L;
        foreach (var partition in ledger.Partitions.All)
        {
            left += await redis.GetDatabase().StreamLengthAsync(partition.Events);
        }

        Same("entries", model.Pending.Count, left);
    }

    public static void Same<T>(string what, T expected, T actual) => Assert.True(
        EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: {expected} was expected, but the ledger has {actual}.");

    private static string Describe(IEnumerable<ReturnFact> returns) =>
        string.Join(", ", returns.Select(one => $"{one.Id} {one.Status} {one.Amount}").Order(StringComparer.Ordinal));

    private static string Describe(IEnumerable<OrderReturn> returns) =>
        string.Join(", ", returns.Select(one => $"{one.Id} {one.Status} {one.Amount}").Order(StringComparer.Ordinal));
}
