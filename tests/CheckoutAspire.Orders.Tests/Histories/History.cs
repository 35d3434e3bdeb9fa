using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using static CheckoutAspire.Orders.Tests.Histories.LedgerComparison;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>
/// Plays a history through the scripts and through <see cref="ModelLedger"/>, which never differ. In the end reconciliation reads every object
/// from <see cref="ModelStripe"/>, the workers finish, and the orders equal Stripe's objects.
/// </summary>
internal sealed class History(IConnectionMultiplexer redis, int partitions, IOrderArchive archive)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromHours(1);

    private readonly LedgerKit _ledger = new(redis, partitions, archive);
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
        await archive.DeleteAsync(DateTimeOffset.MaxValue);

        // A ledger that began long ago on the server that still holds it: no fence was lost with another one.
        var run = await LedgerKit.FindRunAsync(redis);
        foreach (var partition in _ledger.Partitions.All)
        {
            await redis.GetDatabase().StringSetAsync(partition.Epoch, $"1 {run} 0");
            await _ledger.Events.EnsureGroupAsync(partition);
        }

        foreach (var step in steps)
        {
            await PlayAsync(step, _stripe.Sales[step.Sale % _stripe.Sales.Count]);
        }

        await FinishAsync();
        var comparison = new LedgerComparison(redis, _ledger, _model);
        foreach (var sale in _stripe.Sales)
        {
            await comparison.CompareWithModelAsync(sale.Id);
            await comparison.CompareWithStripeAsync(sale, _recorded.Contains(sale.Id), _approvedUnpaid.Contains(sale.Id));
        }

        await comparison.CompareEntriesAsync();
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
            case StepKind.Archive:
                await ArchiveAsync(sale.Id, order);
                break;
            default:
                // The step is not possible now.
                break;
        }
    }

    /// <summary>An order may leave when all its parts are final. Nothing else changes: every fact has the same outcome wherever the order is.</summary>
    private async Task ArchiveAsync(string id, ModelOrder? order)
    {
        await _ledger.Outbox.CompleteAsync(id);
        var (_, outcome) = Assert.Single(await _ledger.Archiving!.ArchiveAsync(
            _ledger.Partitions.Of(id), [id], TimeProvider.System.GetUtcNow().AddMinutes(1), []));
        if (outcome is not ArchiveOutcome.Moved)
        {
            return;
        }

        Assert.True(
            order is { IsClosed: true } or { Fulfillment: OrderFulfillment.None, Payment: OrderPayment.Failed or OrderPayment.Expired }, $"{id} is not settled.");
        Assert.DoesNotContain(order.Disputes.Values, dispute => dispute.Effect is not ReturnEffect.None && dispute.Status != "lost");
        Assert.DoesNotContain(order.Refunds.Values, refund => refund.Status == "pending");
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

        // What changes no order is not looked up in the archive.
        var outcome = expected.Outcome is Outcome.Duplicate && actual.Outcome is Outcome.Foreign ? Outcome.Duplicate : actual.Outcome;
        Same(expected.What, (expected.Outcome, expected.Fence), (outcome, actual.Fence));
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

    /// <summary>What the model lets be fulfilled is paid at Stripe or was approved unpaid, and nothing holds it.</summary>
    private void AssertMayBeFulfilled(string id)
    {
        var sale = _stripe.Sales.Single(sale => sale.Id == id);
        Assert.True(sale.Payment is OrderPayment.Paid || _approvedUnpaid.Contains(id), $"{id} would be fulfilled unpaid.");
        Assert.Empty(_model.Find(id)!.Causes);
    }

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

    /// <summary>A stream entry of the history.</summary>
    private sealed record Delivery(int Number, CheckoutFact Fact, RedisValue Entry);

    private sealed record Expected(string What, Outcome Outcome, long Fence, string Done);
}
