using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OrderDatabase;

namespace CheckoutAspire.Faults.Tests;

/// <summary>The worked example of docs/fulfillment.md: a worker of the merchant's own, whose handler stores orders by Entity Framework Core.</summary>
public sealed class OrderDatabaseTests : FaultTest
{
    private const string Host = "MerchantWorker";

    private string ConnectionString => $"Data Source={Path.Combine(At.Redis.Directory.FullName, "orders.db")};Pooling=False";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_that_is_killed_in_the_middle_of_a_handler_leaves_one_row(bool isStored)
    {
        var killed = await StartAsync();
        await using var warehouse = new SqliteConnection(ConnectionString);
        await warehouse.OpenAsync(Cancellation);
        await using (await warehouse.BeginTransactionAsync(Cancellation))
        {
            await At.SellPaidAsync(1);

            // The handler has looked for the order, and waits for this transaction before it can write.
            await killed.ReadUntilAsync("FROM \"Orders\"");
            if (!isStored)
            {
                await killed.KillAsync();
            }
            else
            {
                // The ledger does not learn that the row is stored.
                await At.Redis.SuspendAsync(Cancellation);
            }
        }

        if (isStored)
        {
            await Eventually.GetAsync(RowsAsync, rows => rows.Count == 1, Cancellation);
            await killed.KillAsync();
            At.Redis.Resume();
        }

        await StartAsync();

        await At.AwaitQuietAsync();
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(("buyer@example.com", "Red mug", 2), (row.Email, Assert.Single(row.Lines).Name, row.Lines[0].Quantity));
        var order = await At.AwaitStateAsync(row.Id, OrderState.Fulfilled);
        Assert.Equal(["fence 2"], Steps(order, "fulfilled"));
    }

    private Task<ServiceUnderFault> StartAsync() => At.StartAsync(
        Host,
        ("ConnectionStrings__orders", ConnectionString),
        ("FULFILLMENT_URL", ""),
        ("FULFILLMENT_SECRET", ""),
        ("Logging__LogLevel__Microsoft.EntityFrameworkCore.Database.Command", "Information"));

    private async Task<List<StoredOrder>> RowsAsync()
    {
        await using var database = new OrderContext(new DbContextOptionsBuilder<OrderContext>().UseSqlite(ConnectionString).Options);
        return await database.Orders.Include(order => order.Lines).ToListAsync(Cancellation);
    }
}
