using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Checkouts whose orders have left Redis for the archive: callers notice nothing.</summary>
public sealed class ArchivedCheckoutTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-archive-");
    private RedisServer? _own;

    /// <summary>A Redis of its own: services without an archive refuse the ledger.</summary>
    protected override string RedisConnection => _own!.ConnectionString;

    public override async ValueTask InitializeAsync()
    {
        _own = await RedisServer.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _own!.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    protected override void Configure(IWebHostBuilder builder) =>
        builder.UseSetting("ConnectionStrings:archive", Path.Combine(_directory.FullName, "orders.db"));

    [Fact]
    public async Task An_archived_checkout_is_returned_and_listed_as_before()
    {
        var buyer = LedgerKit.NewSessionId();
        var sold = new List<string>();
        for (var number = 0; number < 5; number++)
        {
            sold.Add((await SellAsync(("buyer_ref", buyer))).GetProperty("session_id").GetString()!);
            await Factory.ApplyAsync(sold[^1], PaymentStatusChange.Paid);
        }

        var before = await CallAsync("get_checkout", new() { ["session_id"] = sold[1] });
        var listed = await CallAsync("list_checkouts", new() { ["buyer_ref"] = buyer });
        await ArchiveAsync(sold[1], sold[3]);

        Assert.Equal(before.GetRawText(), (await CallAsync("get_checkout", new() { ["session_id"] = sold[1] })).GetRawText());
        Assert.Equal("fulfilled", (await CallAsync("wait_for_payment", new() { ["session_id"] = sold[3] })).GetProperty("order_state").GetString());
        Assert.Equal(listed.GetRawText(), (await CallAsync("list_checkouts", new() { ["buyer_ref"] = buyer })).GetRawText());

        var (paged, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await CallAsync("list_checkouts", new() { ["buyer_ref"] = buyer, ["limit"] = 2, ["cursor"] = cursor });
            paged.AddRange(page.GetProperty("checkouts").EnumerateArray().Select(checkout => checkout.GetProperty("session_id").GetString()!));
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(listed.GetProperty("checkouts").EnumerateArray().Select(checkout => checkout.GetProperty("session_id").GetString()), paged);
        Assert.Empty((await CallAsync("list_checkouts", new() { ["buyer_ref"] = buyer + "2" })).GetProperty("checkouts").EnumerateArray());
    }

    private async Task ArchiveAsync(params string[] ids)
    {
        var partition = Factory.Services.GetRequiredService<LedgerPartitions>().All[0];
        foreach (var id in ids)
        {
            await Factory.Services.GetRequiredService<WitnessOutbox>().CompleteAsync(id);
        }

        var moved = await Factory.Services.GetRequiredService<OrderArchiving>().ArchiveAsync(
            partition, ids, TimeProvider.System.GetUtcNow().AddMinutes(1), []);

        Assert.All(moved, one => Assert.Equal(ArchiveOutcome.Moved, one.Outcome));
        Assert.Equal(0, await _own!.Database.KeyExistsAsync([.. ids.Select(id => partition.Order(id))]));
    }
}
