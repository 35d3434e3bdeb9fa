using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

public sealed class OwnedOrdersTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly LedgerKit _ledger = new(redis.Server.Connection, partitions: 4);
    private readonly string _owner = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task An_owner_s_sessions_come_newest_first_over_all_partitions_each_once()
    {
        List<string> sold = [];
        for (var number = 0; number < 25; number++)
        {
            sold.Add((await _ledger.SellAsync(owner: _owner)).SessionId);
        }

        await _ledger.SellAsync(owner: _owner + "2");
        List<OwnedSession> listed = [];
        while (await _ledger.Owned.ListAsync(_owner, listed.Count > 0 ? listed[^1] : null, 4) is { Count: > 0 } page)
        {
            listed.AddRange(page);
        }

        // Sessions of the same millisecond are sorted by their ids.
        Assert.Equal(sold.Order(StringComparer.Ordinal), listed.Select(session => session.SessionId).Order(StringComparer.Ordinal));
        Assert.Equal(
            listed.OrderByDescending(session => session.CreatedAt).ThenByDescending(session => session.SessionId, StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task A_session_that_its_event_recorded_first_is_its_owner_s()
    {
        var id = LedgerKit.NewSessionId();
        var entry = await _ledger.AppendAsync(id);

        await _ledger.Transitions.ApplyAsync(
            LedgerKit.Fact(id) with { Owner = _owner }, entry, livemode: false, lease: TimeSpan.Zero);

        Assert.Equal(_owner, (await _ledger.Orders.FindAsync(id))!.Owner);
        Assert.Equal(id, Assert.Single(await _ledger.Owned.ListAsync(_owner, null, 10)).SessionId);
    }

    [Fact]
    public async Task A_session_that_the_witness_restored_is_its_owner_s()
    {
        var id = LedgerKit.NewSessionId();
        var entry = await _ledger.AppendAsync(id);

        await _ledger.Transitions.RestoreAsync(LedgerKit.Fact(id) with { Owner = _owner }, entry, TimeProvider.System.GetUtcNow());

        Assert.Equal(id, Assert.Single(await _ledger.Owned.ListAsync(_owner, null, 10)).SessionId);
    }

    [Fact]
    public async Task The_lines_of_a_sale_are_stored()
    {
        var order = await _ledger.SellAsync();
        OrderLine[] lines =
        [
            new() { Name = "Red mug", Quantity = 2, UnitAmount = 4999, ProductId = "mug" },
            new() { Quantity = 1, PriceId = "price_1" },
        ];

        await _ledger.Orders.RecordAsync(order with { SessionId = order.SessionId + "2", LineItems = lines, Principal = "agent-7" });

        var found = (await _ledger.Orders.FindAsync(order.SessionId + "2"))!;
        Assert.Equal(lines, found.LineItems);
        Assert.Equal("agent-7", found.Principal);
        Assert.Equal(order.LineItems, (await _ledger.Orders.FindAsync(order.SessionId))!.LineItems);
    }
}
