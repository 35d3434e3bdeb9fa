using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stock;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Units in stock, on a Redis of their own, because a clock that is moved on settles the reservations of every test.</summary>
public sealed class StockTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly LedgerKit _kit = new(redis.Server.Connection);
    private readonly RedisStockKeeper _keeper = new(redis.Server.Connection);
    private readonly string _product = "prod_" + Guid.NewGuid().ToString("N");

    private StockReservations Reservations => new(
        redis.Server.Connection, _keeper, _kit.Orders, _kit.Partitions, _time, NullLogger<StockReservations>.Instance);

    [Fact]
    public async Task Fifty_sales_that_race_for_ten_units_get_ten()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _keeper.ReserveAsync(NewRef(), [Units(1)])));

        Assert.Equal(10, results.Count(shortage => shortage is null));
        Assert.All(results.OfType<StockShortage>(), shortage => Assert.Equal(new StockShortage(_product, 0), shortage));
        Assert.Equal(0, await LeftAsync());
    }

    [Fact]
    public async Task A_sale_reserves_all_of_its_lines_or_none()
    {
        var other = new StockLine("other-" + _product, 3, 2);

        Assert.Equal(new StockShortage(other.Product, 2), await _keeper.ReserveAsync(NewRef(), [Units(1), other]));
        Assert.Equal(10, await LeftAsync());
        Assert.Null(await _keeper.ReserveAsync(NewRef(), [Units(1), other with { Units = 2 }]));
        Assert.Equal(9, await LeftAsync());
    }

    [Fact]
    public async Task A_sale_that_replaces_another_one_may_take_its_units_and_no_sale_is_counted_twice_in_the_end()
    {
        var (old, newer) = (NewRef(), NewRef());
        await _keeper.ReserveAsync(old, [Units(6)]);

        Assert.Equal(new StockShortage(_product, 10), await _keeper.ReserveAsync(newer, [Units(11)], old));
        Assert.Null(await _keeper.ReserveAsync(newer, [Units(8)], old));
        Assert.Null(await _keeper.ReserveAsync(newer, [Units(8)], old));

        // Both are reserved until one of them ends, so that no other sale takes a unit of either.
        Assert.Equal(new StockShortage(_product, 0), await _keeper.ReserveAsync(NewRef(), [Units(1)]));
        await _keeper.ReleaseAsync(old);
        Assert.Equal(2, await LeftAsync());
        await _keeper.ReleaseAsync(newer);
        Assert.Equal(10, await LeftAsync());
    }

    [Fact]
    public async Task Repeated_operations_of_one_sale_count_once()
    {
        var (sold, released) = (NewRef(), NewRef());
        foreach (var sale in new[] { sold, sold, released, released })
        {
            Assert.Null(await _keeper.ReserveAsync(sale, [Units(3)]));
        }

        Assert.Equal(4, await LeftAsync());
        await _keeper.CommitAsync(sold);
        await _keeper.CommitAsync(sold);
        await _keeper.ReleaseAsync(sold);
        await _keeper.ReleaseAsync(released);
        await _keeper.ReleaseAsync(released);

        Assert.Equal(7, await LeftAsync());
        Assert.Equal(17, (await _keeper.LeftAsync([Units(0) with { Stock = 20 }]))[_product]);
    }

    [Theory]
    [InlineData(PaymentStatusChange.Paid, 8)]
    [InlineData(PaymentStatusChange.Processing, 8)]
    [InlineData(PaymentStatusChange.Expired, 10)]
    [InlineData(PaymentStatusChange.Failed, 10)]
    public async Task A_reservation_follows_from_the_state_of_its_order(PaymentStatusChange change, long left)
    {
        var order = await SellAsync();
        await _kit.Transitions.ApplyAsync(LedgerKit.Fact(order.SessionId, change), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        _time.Advance(TimeSpan.FromMinutes(1));
        await Reservations.SettleDueAsync(100);

        Assert.Equal(left, await LeftAsync());
        // However much later: what is paid stays sold, and a debit may still fail.
        _time.Advance(TimeSpan.FromDays(3));
        await Reservations.SettleDueAsync(100);
        Assert.Equal(left, await LeftAsync());
    }

    /// <summary>The buyer of a debit that failed may have paid otherwise. The order is held for its dispute until then.</summary>
    [Fact]
    public async Task The_units_of_an_order_that_an_operator_approved_unpaid_are_sold()
    {
        var id = (await SellAsync()).SessionId;
        await _kit.Transitions.RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));
        await _kit.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.Failed), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        await new OperatorLedger(redis.Server.Connection, _kit.Partitions, _kit.Orders).DecideAsync(id, approve: true, "paid by transfer", unpaid: true);

        _time.Advance(TimeSpan.FromDays(3));
        await Reservations.SettleDueAsync(100);

        Assert.Equal(8, await LeftAsync());
    }

    [Fact]
    public async Task The_units_of_an_order_whose_payment_is_proven_late_are_sold_although_others_have_bought_them_meanwhile()
    {
        var late = await SellAsync();
        _time.Advance(TimeSpan.FromHours(2));
        await Reservations.SettleDueAsync(100);
        Assert.Equal(10, await LeftAsync());
        var next = NewRef();
        Assert.Null(await _keeper.ReserveAsync(next, [Units(10)]));
        await _keeper.CommitAsync(next);

        await _kit.Transitions.ApplyAsync(LedgerKit.Fact(late.SessionId, PaymentStatusChange.Paid), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        foreach (var look in Enumerable.Range(0, 2))
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Reservations.SettleDueAsync(100);
        }

        // Twelve of ten: agents see that none is left, and operators see why.
        Assert.Equal(0, await LeftAsync());
        Assert.Equal(8, (await _keeper.LeftAsync([Units(0) with { Stock = 20 }]))[_product]);
        Assert.Equal(new StockShortage(_product, 0), await Reservations.ReserveAsync(NewRef(), Expiry, [Units(1)]));
        Assert.Single((await _kit.Orders.FindAsync(late.SessionId))!.Timeline, step => step.What == StockReservations.LateStep);
    }

    [Fact]
    public async Task The_units_of_a_failed_debit_that_an_operator_approves_after_they_were_given_back_are_sold()
    {
        var id = (await SellAsync()).SessionId;
        await _kit.Transitions.RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));
        await _kit.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.Failed), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        _time.Advance(TimeSpan.FromMinutes(1));
        await Reservations.SettleDueAsync(100);
        Assert.Equal(10, await LeftAsync());

        await new OperatorLedger(redis.Server.Connection, _kit.Partitions, _kit.Orders).DecideAsync(id, approve: true, "paid by transfer", unpaid: true);
        _time.Advance(TimeSpan.FromHours(1));
        await Reservations.SettleDueAsync(100);

        Assert.Equal(8, await LeftAsync());
    }

    [Fact]
    public async Task An_order_of_which_nothing_is_heard_for_weeks_leaves_nothing_behind_and_can_be_reserved_again_before()
    {
        var sale = NewRef();
        Assert.Null(await Reservations.ReserveAsync(sale, Expiry, [Units(2)]));
        await Reservations.AttachAsync(sale, (await _kit.SellAsync()).SessionId);
        _time.Advance(TimeSpan.FromHours(2));
        await Reservations.SettleDueAsync(100);
        Assert.Null(await _keeper.ReserveAsync(sale, [Units(3)]));
        Assert.Equal(7, await LeftAsync());

        _time.Advance(TimeSpan.FromDays(36));
        await Reservations.SettleDueAsync(100);

        Assert.Equal(10, await LeftAsync());
        Assert.False(await redis.Server.Database.HashExistsAsync("co:{stock}:sales", sale));
        Assert.False(await redis.Server.Database.SetContainsAsync("co:{stock}:lapsed", sale));
        Assert.False(await redis.Server.Database.KeyExistsAsync("co:{stock}:sale:" + sale));
    }

    [Fact]
    public async Task The_units_of_a_session_that_has_just_expired_are_sold_to_the_next_buyer()
    {
        var order = await SellAsync();
        Assert.Null(await Reservations.ReserveAsync(NewRef(), Expiry, [Units(8)]));
        Assert.Equal(new StockShortage(_product, 0), await Reservations.ReserveAsync(NewRef(), Expiry, [Units(2)]));

        await _kit.Transitions.ApplyAsync(LedgerKit.Fact(order.SessionId, PaymentStatusChange.Expired), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        Assert.Null(await Reservations.ReserveAsync(NewRef(), Expiry, [Units(2)]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reservation_that_outlives_its_session_is_released_although_no_event_came(bool isRecorded)
    {
        if (isRecorded)
        {
            await SellAsync();
        }
        else
        {
            // The process ended before Stripe answered.
            await Reservations.ReserveAsync(NewRef(), Expiry, [Units(2)]);
        }

        _time.Advance(TimeSpan.FromMinutes(40));
        await Reservations.SettleDueAsync(100);
        Assert.Equal(8, await LeftAsync());
        _time.Advance(TimeSpan.FromHours(1));
        await Reservations.SettleDueAsync(100);

        Assert.Equal(10, await LeftAsync());
    }

    [Fact]
    public async Task A_process_that_ended_while_it_reserved_leaves_nothing_behind()
    {
        // It had written down the reservation and not made it, or made it and not attached it.
        var sale = NewRef();
        await redis.Server.Database.HashSetAsync("co:{stock}:sales", sale, $"{Expiry.ToUnixTimeSeconds()} ");
        await redis.Server.Database.SortedSetAddAsync("co:{stock}:due", sale, 0);

        _time.Advance(TimeSpan.FromHours(2));
        await Reservations.SettleDueAsync(100);

        Assert.False(await redis.Server.Database.HashExistsAsync("co:{stock}:sales", sale));
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync("co:{stock}:due", sale));
    }

    [Fact]
    public async Task What_is_not_counted_writes_nothing()
    {
        var sale = NewRef();

        Assert.Null(await Reservations.ReserveAsync(sale, Expiry, [Units(1_000) with { Stock = null }]));
        await Reservations.AttachAsync(sale, LedgerKit.NewSessionId());

        Assert.False(await redis.Server.Database.HashExistsAsync("co:{stock}:sales", sale));
        Assert.Empty(await Reservations.LeftAsync([Units(0) with { Stock = null }]));
    }

    private DateTimeOffset Expiry => _time.GetUtcNow().AddMinutes(31);

    private static string NewRef() => "ord_" + Guid.NewGuid().ToString("N");

    private StockLine Units(long count) => new(_product, count, Stock: 10);

    private async Task<long> LeftAsync() => (await _keeper.LeftAsync([Units(0)]))[_product];

    private async Task<NewOrder> SellAsync()
    {
        var sale = NewRef();
        Assert.Null(await Reservations.ReserveAsync(sale, Expiry, [Units(2)]));
        var order = await _kit.SellAsync();
        await Reservations.AttachAsync(sale, order.SessionId);
        return order;
    }
}
