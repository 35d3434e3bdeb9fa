using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>Compares the ledger and the merchant's audit with the outcome that the histories require.</summary>
internal sealed class HistoryReview
{
    private readonly List<string> _wrong = [];

    /// <summary>The violations, one sentence each.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Paid sessions without an effect or a fulfillment, sessions in an unexpected state, and missing dead letters.</summary>
    public int Lost { get; private set; }

    /// <summary>Sessions that were fulfilled more than once or without a payment.</summary>
    public int FulfilledTwice { get; private set; }

    /// <summary>Orders of which a part differs from Stripe's objects, and orders that were held although none of their returns counts in the end.</summary>
    public int Different { get; private set; }

    /// <summary>How often an order returned from the archive.</summary>
    public int BroughtBack { get; private set; }

    /// <param name="installation">The installation after the run.</param>
    /// <param name="sales">The histories.</param>
    /// <param name="held">The orders that were held until an operator approved them.</param>
    /// <param name="goesBack">
    /// Whether Redis went back in time. A commit that it has lost and that its archive has is then followed by a second one, as the witness has it or with the
    /// same key for the merchant.
    /// </param>
    public static async Task<HistoryReview> CompareAsync(Installation installation, IReadOnlyList<Sale> sales, IReadOnlySet<string> held, bool goesBack)
    {
        var review = new HistoryReview();
        var effects = installation.Merchant.Audit
            .Where(entry => entry.Outcome is MerchantOutcome.Effect)
            .CountBy(entry => entry.Call.Key)
            .ToDictionary(StringComparer.Ordinal);
        var steps = new HashSet<(long Partition, string EntryId, string OrderId, string What)>();
        foreach (var partition in installation.Ledger.Partitions.All)
        {
            steps.UnionWith((await installation.Database.StreamRangeAsync(partition.Journal)).SelectMany(entry => JournalSteps.Of(partition, entry)).Select(
                step => (step.Partition, step.EntryId, step.OrderId, step.What)));
        }

        foreach (var sale in sales)
        {
            steps.UnionWith((await installation.Ledger.Archive!.ListStepsAsync(sale.SessionId)).Select(step => (step.Partition, step.EntryId, step.OrderId, step.What)));
        }

        var commits = steps.Where(step => step.What == "fulfilled").CountBy(step => step.OrderId).ToDictionary(StringComparer.Ordinal);
        review.BroughtBack = steps.Count(step => step.What == "unarchived");

        foreach (var chunk in sales.Where(sale => sale.Kind is not SaleKind.NoEvent).Chunk(500))
        {
            var orders = await Task.WhenAll(chunk.Select(sale => installation.FindAsync(sale.SessionId)));
            foreach (var (sale, order) in chunk.Zip(orders))
            {
                var committed = commits.GetValueOrDefault(sale.SessionId);
                review.CheckSale(
                    sale, order, effects.GetValueOrDefault(Merchant.KeyOf(sale.SessionId)), goesBack && sale.IsPaid ? Math.Min(committed, 1) : committed);
                if (order is not null)
                {
                    review.CheckParts(sale, order, held.Contains(sale.SessionId));
                }
            }
        }

        review.CheckKeys(effects.Keys, sales);
        await review.CheckDeadLettersAsync(installation, sales);
        if (installation.Merchant.Unsigned > 0)
        {
            review._wrong.Add($"{installation.Merchant.Unsigned} calls to the merchant did not have a valid signature.");
        }

        return review;
    }

    private void CheckSale(Sale sale, Order? order, int effects, int commits)
    {
        var state = order?.State;
        var owed = sale.IsPaid ? 1 : 0;
        var asExpected = sale.Expected.Count == 0 ? order is null : state is { } now && sale.Expected.Contains(now);
        if (asExpected && effects == owed && commits == owed && (order?.Fulfillments ?? 0) == owed)
        {
            return;
        }

        Lost += effects < owed || commits < owed || !asExpected ? 1 : 0;
        FulfilledTwice += effects > owed || commits > owed || (order?.Fulfillments ?? 0) > owed ? 1 : 0;
        _wrong.Add(
            $"{sale.SessionId} ({sale.Kind}) should be {string.Join(" or ", sale.Expected)} with {owed} effects, but is {state} with {effects} effects, "
            + $"{order?.Fulfillments} fulfillments, {commits} commits: {string.Join(", ", order?.Timeline.Select(step => $"{step.What} {step.Detail}") ?? [])}");
    }

    /// <summary>Compares the sale, the payment and the returns with Stripe's objects. <see cref="CheckSale"/> compares the fulfillment.</summary>
    private void CheckParts(Sale sale, Order order, bool held)
    {
        string[] different =
        [
            .. order is { AmountSubtotal: 9998, AmountTotal: 9998, Currency: "usd", Sold: { Subtotal: 9998, Currency: "usd" } } ? (string[])[] : ["sale"],
            .. sale.Payments.Contains(order.Payment) ? (string[])[] : [$"payment {order.Payment}"],
            .. Same(sale, ReturnKind.Refund, order.Refunds, order.AmountRefunded) ? (string[])[] : ["refunds"],
            .. Same(sale, ReturnKind.Dispute, order.Disputes, order.AmountDisputed) ? (string[])[] : ["disputes"],
            .. held && !sale.MayBeHeld ? (string[])["hold"] : [],
        ];
        if (different.Length > 0)
        {
            Different++;
            _wrong.Add(
                $"{sale.SessionId} ({sale.Kind}) differs from Stripe in {string.Join(" and ", different)}: {order.AmountSubtotal} {order.Currency}, "
                + $"returns {string.Join(", ", sale.Returns.Select(one => $"{one.Id} {one.Status} {one.Amount}"))} at Stripe, "
                + $"{string.Join(", ", order.Refunds.Concat(order.Disputes).Select(one => $"{one.Id} {one.Status} {one.Amount}"))} in the ledger "
                + $"({order.AmountRefunded} and {order.AmountDisputed}): {string.Join(", ", order.Timeline.Select(step => $"{step.What} {step.Detail}"))}");
        }
    }

    private static bool Same(Sale sale, ReturnKind kind, IReadOnlyList<OrderReturn> recorded, long sum) =>
        sum == sale.Returned(kind)
        && sale.Returns.Where(one => one.Kind == kind).Select(one => (one.Id, one.Status, one.Amount)).ToHashSet()
            .SetEquals(recorded.Select(one => (one.Id, one.Status, one.Amount)));

    private void CheckKeys(IEnumerable<string> keys, IReadOnlyList<Sale> sales)
    {
        var known = sales.Select(sale => Merchant.KeyOf(sale.SessionId)).ToHashSet(StringComparer.Ordinal);
        foreach (var key in keys.Where(key => !known.Contains(key)))
        {
            FulfilledTwice++;
            _wrong.Add($"The merchant was called for {key}, which was never sold.");
        }
    }

    /// <summary>Compares by name: a delivery whose response was lost is repeated and leaves a second copy of the same dead letter.</summary>
    private async Task CheckDeadLettersAsync(Installation installation, IReadOnlyList<Sale> sales)
    {
        var planted = sales.Where(sale => sale.Kind is SaleKind.Poison or SaleKind.NoEvent).Select(sale => sale.SessionId).ToHashSet(StringComparer.Ordinal);
        var dead = new HashSet<string>(StringComparer.Ordinal);
        foreach (var partition in installation.Ledger.Partitions.All)
        {
            foreach (var letter in await installation.Database.StreamRangeAsync(partition.Dead))
            {
                var name = (letter["object"].IsNull ? letter["body"] : letter["object"]).ToString();
                if (dead.Add(name) && !planted.Contains(name))
                {
                    _wrong.Add($"{name} was dead-lettered unexpectedly: {letter["reason"]}");
                }
            }

            if (await installation.Database.SortedSetLengthAsync(partition.Owed) is var owed and > 0)
            {
                _wrong.Add($"Partition {partition.Number} still has {owed} paid orders that are not fulfilled.");
            }
        }

        Lost += planted.Except(dead).Count();
        _wrong.AddRange(planted.Except(dead).Select(name => $"{name} should have been dead-lettered."));
    }
}
