using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>The list of all orders while they leave Redis.</summary>
public sealed class ListingTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    public static TheoryData<string> Databases() => ArchiveFixture.Databases();

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task Every_order_is_listed_once_and_newest_first_while_orders_move_to_the_archive_and_back(string database)
    {
        var ledger = await OpenAsync(database, partitions: 3);
        var sold = new List<Order>();
        foreach (var number in Enumerable.Range(0, 24))
        {
            // Every third one is unpaid and stays in Redis, while its first step leaves.
            sold.Add(await FindAsync(ledger, number % 3 == 0 ? (await ledger.SellAsync()).SessionId : await FulfillAsync(ledger)));
        }

        await ArchiveBeforeAsync(ledger, sold[6]);
        var pages = 0;
        var listed = await ListAsync(ledger, 4, async () =>
        {
            // From the newest order on it is read, and from the oldest one on it is archived: both meet on the way.
            pages++;
            await ArchiveBeforeAsync(ledger, sold[Math.Min(6 + (pages * 5), sold.Count - 1)]);
            await ledger.Archiving!.UnarchiveAsync(sold[pages].SessionId, mayBeLost: false);
            await ledger.SellAsync();
        });

        Assert.True(pages >= 5);
        Assert.Equal(sold.Select(order => order.SessionId).Order(), listed.Select(item => item.Order.SessionId).Where(id => sold.Exists(order => order.SessionId == id)).Order());
        Assert.Equal(
            listed.OrderByDescending(item => item.Since).ThenByDescending(item => item.Order.SessionId, StringComparer.Ordinal).Select(item => item.Order.SessionId),
            listed.Select(item => item.Order.SessionId));
    }

    [Fact]
    public async Task Orders_whose_first_step_was_lost_with_the_archive_are_listed_while_other_keys_come_and_go()
    {
        var lost = await OpenAsync("lost.db");
        var sold = await Task.WhenAll(Enumerable.Range(0, 250).Select(async _ => (await lost.SellAsync()).SessionId));
        var last = await FindAsync(lost, (await lost.SellAsync()).SessionId);
        await ArchiveBeforeAsync(lost, last);
        var ledger = await OpenAsync("new.db");

        var key = 0;
        var listed = await ListAsync(ledger, 20, async () =>
        {
            // Redis visits its keys in another order while their number grows and shrinks.
            foreach (var number in Enumerable.Range(key, 400))
            {
                await Database.StringSetAsync($"noise:{number}", 1);
            }

            await Database.KeyDeleteAsync([.. Enumerable.Range(key, 300).Select(number => (StackExchange.Redis.RedisKey)$"noise:{number}")]);
            key += 400;
        });

        Assert.Equal(sold.Append(last.SessionId).Order(), listed.Select(item => item.Order.SessionId).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task An_order_that_stays_in_Redis_is_listed_once_after_the_retention_of_its_steps(string database)
    {
        var ledger = await OpenAsync(database);
        var (open, settled) = ((await ledger.SellAsync()).SessionId, await FulfillAsync(ledger));
        var newest = await FindAsync(ledger, (await ledger.SellAsync()).SessionId);
        await ArchiveBeforeAsync(ledger, null);
        Assert.False(await IsInRedisAsync(ledger, settled));
        await ledger.SellAsync();

        await ledger.Archive!.DeleteAsync(Later);

        var listed = (await ListAsync(ledger, 10, () => Task.CompletedTask)).Select(item => item.Order.SessionId).ToList();
        Assert.Equal(new[] { newest.SessionId, open }.Order(), listed.Where(id => id == open || id == newest.SessionId).Order());
        Assert.DoesNotContain(settled, listed);
        Assert.DoesNotContain(await ledger.Archive.ListBegunAsync(null, 1000), began => began.Id == settled);
    }

    /// <summary>Moves what is older than an order out of Redis.</summary>
    private static async Task ArchiveBeforeAsync(LedgerKit ledger, Order? order)
    {
        foreach (var partition in ledger.Partitions.All)
        {
            await ledger.Journal!.ArchiveAsync(partition, Later, order?.Timeline[0].At ?? Later);
        }
    }

    private static async Task<IReadOnlyList<(Order Order, DateTimeOffset Since)>> ListAsync(LedgerKit ledger, int count, Func<Task> betweenPages)
    {
        var listing = new OrderListing(ledger.Redis, ledger.Partitions, ledger.Orders, ledger.Archive);
        var listed = new List<(Order Order, DateTimeOffset Since)>();
        for (string? after = null; ;)
        {
            var page = await listing.ListAsync(after, count);
            listed.AddRange(page.Items);
            if ((after = page.Next) is null)
            {
                return listed;
            }

            await betweenPages();
        }
    }
}
