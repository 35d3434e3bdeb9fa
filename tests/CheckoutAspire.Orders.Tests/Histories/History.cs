using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>
/// Plays a history through the scripts and through <see cref="ModelLedger"/>, which never differ. In the end reconciliation reads every object
/// from <see cref="ModelStripe"/>, the workers finish, and the orders equal Stripe's objects.
/// </summary>
internal sealed class History(IConnectionMultiplexer redis, int partitions)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromHours(1);

    private readonly LedgerKit _ledger = new(redis, partitions);
    private readonly ModelLedger _model = new();
    private readonly ModelStripe _stripe = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly Queue<Delivery> _released = new();
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _approvedUnpaid = new(StringComparer.Ordinal);

    private OperatorLedger Operators => new(redis, _ledger.Partitions, _ledger.Orders);

    public async Task PlayAsync(IEnumerable<Step> steps)
    {
        await redis.GetServers()[0].FlushAllDatabasesAsync();
        foreach (var partition in _ledger.Partitions.All)
        {
            await redis.GetDatabase().StringSetAsync(partition.Epoch, 1);
            await _ledger.Events.EnsureGroupAsync(partition);
        }

        foreach (var step in steps)
        {
            await PlayAsync(step, _stripe.Sales[step.Sale % _stripe.Sales.Count]);
        }

        await FinishAsync();
        foreach (var sale in _stripe.Sales)
        {
            await CompareWithModelAsync(sale.Id);
            await CompareWithStripeAsync(sale);
        }

        await CompareEntriesAsync();
    }

    private async Task PlayAsync(Step step, StripeSale sale)
    {
        var order = _model.Find(sale.Id);
        switch (step.Kind)
        {
            case StepKind.Record when !sale.IsRenewal && sale.Origin is not SaleOrigin.Foreign:
                _recorded.Add(sale.Id);
                Same("record", _model.Record(sale.Id, 9998, "usd"), await _ledger.Orders.RecordAsync(Sold(sale.Id)));
                break;
            case StepKind.Pay:
                _stripe.MovePayment(sale, step.Choice);
                break;
            case StepKind.Refund:
                _stripe.MoveRefund(sale, step.Variant % 2, step.Choice);
                break;
            case StepKind.Dispute:
                _stripe.MoveDispute(sale, step.Variant % 2, step.Choice);
                break;
            case StepKind.Wait:
                _stripe.LetTimePass();
                break;
            case StepKind.Deliver when _stripe.Facts.Count > 0:
                await DeliverAsync(_stripe.Facts[^(1 + (step.Choice % _stripe.Facts.Count))], withLease: step.Variant % 2 == 0);
                break;
            case StepKind.DeliverTogether when _stripe.Facts.Count > 0:
                await DeliverTogetherAsync([.. _stripe.Facts.Where(fact => fact.Payment is not null).TakeLast(2 + step.Choice)], step.Variant);
                break;
            case StepKind.Reconcile:
                foreach (var fact in _stripe.Read(sale))
                {
                    await DeliverAsync(fact, withLease: step.Variant % 2 == 0);
                }

                break;
            case StepKind.Release when _released.TryDequeue(out var released):
                await ApplyAsync(released, withLease: step.Variant % 2 == 0);
                break;
            case StepKind.Complete when order is not null:
                var (handler, claim) = ("h" + (step.Variant % 3), order.Fence - (step.Choice % 4 == 0 ? 1 : 0));
                Same("complete", _model.Complete(sale.Id, claim, handler), await _ledger.Transitions.CompleteHandlerAsync(sale.Id, claim, handler, s_lease));
                break;
            case StepKind.Fulfill when order is { Entry: >= 0 }:
                await FulfillAsync(_deliveries[order.Entry], order.Fence - (step.Choice % 4 == 0 ? 1 : 0));
                break;
            case StepKind.LoseLease when order is { Leased: true }:
                await LoseLeaseAsync(sale.Id, order);
                await ApplyAsync(_deliveries[order.Entry], withLease: step.Variant % 2 == 0);
                break;
            case StepKind.Decide:
                await DecideAsync(sale.Id, order, step);
                break;
            default:
                // The step is not possible now.
                break;
        }
    }

    private async Task DecideAsync(string id, ModelOrder? order, Step step)
    {
        var (approve, unpaid) = (step.Variant % 2 == 0, step.Variant % 4 < 2);
        int? hold = (step.Choice % 4) switch
        {
            0 => null,
            1 => (order?.Hold ?? 0) - 1,
            _ => order?.Hold ?? 0,
        };
        var expected = _model.Decide(id, approve, hold, unpaid);
        if (expected is Decision.Approved && order!.Payment is not OrderPayment.Paid)
        {
            _approvedUnpaid.Add(id);
        }

        Same("decide", expected, await Operators.DecideAsync(id, approve, "test", hold, unpaid));
    }

    private async Task DeliverAsync(HistoryFact fact, bool withLease)
    {
        if (fact.Payment is { } payment)
        {
            await ApplyAsync(await AppendAsync(payment), withLease);
            return;
        }

        var delivery = await AppendAsync(_stripe.Sales.Single(sale => sale.Id == fact.OrderId).News(PaymentStatusChange.None));
        Same(
            $"{fact.Return!.Kind} {fact.Return.Status}",
            _model.RecordReturn(fact.OrderId, delivery.Number, fact.Return),
            await _ledger.Transitions.RecordReturnAsync(fact.OrderId, delivery.Entry, fact.Return));
    }

    private async Task DeliverTogetherAsync(IReadOnlyList<HistoryFact> facts, int variant)
    {
        var deliveries = new List<Delivery>();
        foreach (var fact in facts)
        {
            deliveries.Add(await AppendAsync(fact.Payment!));
        }

        var transitions = deliveries.Select((delivery, number) => Start(delivery, withLease: (number + variant) % 2 == 0)).ToList();
        foreach (var (expected, actual) in transitions)
        {
            await SameAsync(expected, actual);
        }
    }

    private Task ApplyAsync(Delivery delivery, bool withLease)
    {
        var (expected, actual) = Start(delivery, withLease);
        return SameAsync(expected, actual);
    }

    private (Expected Expected, Task<Transition> Actual) Start(Delivery delivery, bool withLease)
    {
        var id = delivery.Fact.SessionId;
        var (outcome, fence) = _model.Apply(delivery.Number, delivery.Fact, withLease);
        if (outcome is Outcome.Fulfilled or Outcome.Claimed)
        {
            AssertMayBeFulfilled(id);
        }

        return (
            new Expected($"{delivery.Fact.Fact} of {id}", outcome, fence, string.Join(',', _model.Find(id)?.Done ?? [])),
            _ledger.Transitions.ApplyAsync(delivery.Fact, delivery.Entry, livemode: false, withLease ? s_lease : TimeSpan.Zero));
    }

    private static async Task SameAsync(Expected expected, Task<Transition> transition)
    {
        var actual = await transition;
        Same(expected.What, (expected.Outcome, expected.Fence), (actual.Outcome, actual.Fence));
        if (actual.Outcome is Outcome.Claimed)
        {
            Same("done", expected.Done, string.Join(',', actual.Done.Order(StringComparer.Ordinal)));
        }
    }

    private async Task FulfillAsync(Delivery delivery, long fence)
    {
        var id = delivery.Fact.SessionId;
        var expected = _model.Fulfill(id, delivery.Number, fence);
        if (expected is Outcome.Fulfilled)
        {
            AssertMayBeFulfilled(id);
        }

        Same("fulfill", expected, await _ledger.Transitions.FulfillAsync(id, delivery.Entry, fence));
    }

    private async Task LoseLeaseAsync(string id, ModelOrder order)
    {
        order.Leased = false;
        await redis.GetDatabase().HashSetAsync(_ledger.Partitions.Of(id).Order(id), "lease_until", 0);
    }

    /// <summary>Appends an entry as the receiver does, and reads it as a worker does, together with what the scripts have released.</summary>
    private async Task<Delivery> AppendAsync(CheckoutFact fact)
    {
        var entry = await _ledger.AppendAsync(fact.SessionId);
        await ReadReleasedAsync();
        return Deliver(fact, entry);
    }

    private async Task ReadReleasedAsync()
    {
        foreach (var partition in _ledger.Partitions.All)
        {
            foreach (var read in await _ledger.Events.ReadNewAsync(partition, "test", 1000))
            {
                if (read["type"] == HandledEvents.OrderReleased)
                {
                    var sale = _stripe.Sales.Single(sale => sale.Id == read["object"]);
                    _released.Enqueue(Deliver(sale.News(PaymentStatusChange.None), read.Id));
                }
            }
        }
    }

    private Delivery Deliver(CheckoutFact fact, RedisValue entry)
    {
        var delivery = new Delivery(_deliveries.Count, fact, entry);
        _deliveries.Add(delivery);
        _model.Pending.Add(delivery.Number);
        return delivery;
    }

    /// <summary>Reconciliation reads everything once more, and the workers do what is left: claims are taken over, and releases are taken.</summary>
    private async Task FinishAsync()
    {
        _stripe.LetTimePass();
        foreach (var fact in _stripe.Sales.SelectMany(_stripe.Read).ToList())
        {
            await DeliverAsync(fact, withLease: false);
        }

        foreach (var sale in _stripe.Sales)
        {
            if (_model.Find(sale.Id) is { Fulfillment: OrderFulfillment.Claimed } order)
            {
                await LoseLeaseAsync(sale.Id, order);
                await ApplyAsync(_deliveries[order.Entry], withLease: false);
            }
        }

        await ReadReleasedAsync();
        while (_released.TryDequeue(out var released))
        {
            await ApplyAsync(released, withLease: false);
        }
    }

    private async Task CompareWithModelAsync(string id)
    {
        var (expected, actual) = (_model.Find(id), await _ledger.Orders.FindAsync(id));
        Same(
            $"parts of {id}",
            (expected?.Payment, expected?.Fulfillment, expected?.Fulfillments, expected?.Hold, expected?.Refunded, expected?.Disputed),
            (actual?.Payment, actual?.Fulfillment, actual?.Fulfillments, actual?.Hold, actual?.AmountRefunded, actual?.AmountDisputed));
        var (partition, database) = (_ledger.Partitions.Of(id), redis.GetDatabase());
        var owed = expected?.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed;
        Same("held", expected?.Fulfillment is OrderFulfillment.Held, await database.SortedSetScoreAsync(partition.Held, id) is not null && expected is not null);
        Same("owed", owed, await database.SortedSetScoreAsync(partition.Owed, id) is not null);
        Same("open", _model.Open.Contains(id), await database.SortedSetScoreAsync(partition.Open, id) is not null);
        Same("fulfilled steps", expected?.Fulfillments ?? 0, actual?.Timeline.Count(step => step.What == "fulfilled") ?? 0);
    }

    /// <summary>The four parts equal Stripe's objects, whatever was lost, and an order is only held or not fulfilled for a reason.</summary>
    private async Task CompareWithStripeAsync(StripeSale sale)
    {
        var recorded = _recorded.Contains(sale.Id);
        if (await _ledger.Orders.FindAsync(sale.Id) is not { } order)
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
                Assert.True(sale.Payment is OrderPayment.Paid || _approvedUnpaid.Contains(sale.Id), $"{sale.Id} was fulfilled unpaid.");
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
    private async Task CompareEntriesAsync()
    {
        var left = 0L;
        foreach (var partition in _ledger.Partitions.All)
        {
            left += await redis.GetDatabase().StreamLengthAsync(partition.Events);
        }

        Same("entries", _model.Pending.Count, left);
    }

    /// <summary>What the model lets be fulfilled is paid at Stripe or was approved unpaid, and nothing holds it.</summary>
    private void AssertMayBeFulfilled(string id)
    {
        var sale = _stripe.Sales.Single(sale => sale.Id == id);
        Assert.True(sale.Payment is OrderPayment.Paid || _approvedUnpaid.Contains(id), $"{id} would be fulfilled unpaid.");
        Assert.Empty(_model.Find(id)!.Causes);
    }

    private static string Describe(IEnumerable<ReturnFact> returns) =>
        string.Join(", ", returns.Select(one => $"{one.Id} {one.Status} {one.Amount}").Order(StringComparer.Ordinal));

    private static string Describe(IEnumerable<OrderReturn> returns) =>
        string.Join(", ", returns.Select(one => $"{one.Id} {one.Status} {one.Amount}").Order(StringComparer.Ordinal));

    private static NewOrder Sold(string id) => new()
    {
        SessionId = id,
        OrderRef = "ref",
        AmountSubtotal = 9998,
        AmountTotal = 9998,
        Currency = "usd",
        Livemode = false,
        Mode = "payment",
        ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
        CheckoutUrl = "http://localhost/",
    };

    private static void Same<T>(string what, T expected, T actual) => Assert.True(
        EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: {expected} was expected, but the ledger has {actual}.");

    /// <summary>A stream entry of the history.</summary>
    private sealed record Delivery(int Number, CheckoutFact Fact, RedisValue Entry);

    private sealed record Expected(string What, Outcome Outcome, long Fence, string Done);
}
