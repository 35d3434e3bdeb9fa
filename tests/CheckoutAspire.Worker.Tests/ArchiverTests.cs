using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The worker with an archive: old orders leave Redis by themselves, and return when an event is about them.</summary>
public sealed class ArchiverTests : WorkerTest
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-archive-");
    private readonly RecordingHandler _handler = new("ship");
    private StripeListStub _stripe = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_witnessed_order_leaves_Redis_is_never_shipped_again_and_returns_for_a_dispute()
    {
        await using var worker = StartWorker("00:00:00.2");
        var data = ActivatorUtilities.CreateInstance<BuyerData>(worker.Services);
        var id = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(id);
        var archived = await AwaitOrderAsync(data, id, order => order.Archived);
        Assert.Equal(("fulfilled", "9998"), (archived.Fields["state"], archived.Fields["amount_total"]));
        Assert.Equal(1, await Redis.Database.HashGetAsync(Partition.Archived, "orders"));
        Assert.Equal(1, await Redis.Database.HashGetAsync("co:ledger", "archive"));

        // Stripe delivers the event again.
        await DeliverAsync(id);
        await AwaitJournalAsync(data, id, "unarchived");

        await Ledger.AppendAsync(
            "du_1",
            StripeEvents.Of(HandledEvents.DisputeCreated, new JsonObject
            {
                ["id"] = "du_1",
                ["object"] = "dispute",
                ["amount"] = 9998,
                ["charge"] = "ch_1",
                ["currency"] = "usd",
                ["payment_intent"] = "pi_" + id,
                ["reason"] = "fraudulent",
                ["status"] = "needs_response",
            }),
            HandledEvents.DisputeCreated);

        var disputed = await Eventually.GetAsync(() => Ledger.Orders.FindAsync(id), order => order?.AmountDisputed == 9998, Canceled);
        Assert.Equal((OrderFulfillment.Fulfilled, 1), (disputed!.Fulfillment, disputed.Fulfillments));
        Assert.Single(_handler.Orders);
        Assert.Empty(worker.Warnings);
    }

    [Fact]
    public async Task A_worker_without_the_archive_refuses_a_ledger_that_has_one()
    {
        await Redis.Database.HashSetAsync("co:ledger", "archive", 1);

        var (exitCode, error) = await ServiceProcess.RunToEndAsync(
            "CheckoutAspire.Worker",
            new Dictionary<string, string> { ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox, ["STRIPE_API_BASE"] = _stripe.Address, ["ConnectionStrings__redis"] = Redis.ConnectionString },
            Canceled);

        Assert.Equal(1, exitCode);
        Assert.Contains("Orders of this ledger are in an archive: set ConnectionStrings__archive to its address.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings__archive", "Host=localhost;Port=x", "ConnectionStrings__archive must be the path of a SQLite file, or a connection string of PostgreSQL (Host=…).")]
    [InlineData("ConnectionStrings__archive", "Colour=red", "ConnectionStrings__archive must be the path of a SQLite file, or a connection string of PostgreSQL (Host=…).")]
    [InlineData("Orders__ArchiveAfter", "35d", "Orders__ArchiveAfter must be a time between 00:00:00.001 and 36500.00:00:00, for example 35.00:00:00.")]
    [InlineData("Orders__ArchiveRetention", "-1.00:00:00", "Orders__ArchiveRetention must be a time between")]
    public async Task A_setting_that_cannot_be_meant_is_rejected_by_name(string name, string value, string sentence)
    {
        var environment = new Dictionary<string, string> { ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox, ["STRIPE_API_BASE"] = "http://127.0.0.1:1", ["ConnectionStrings__archive"] = "orders.db" };
        environment[name] = value;

        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync("CheckoutAspire.Worker", environment);

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private WorkerHost StartWorker(string after) => new(
        Redis.ConnectionString,
        _stripe.Address,
        [
            ("ConnectionStrings:archive", Path.Combine(_directory.FullName, "orders.db")),
            ("Orders:ArchiveAfter", after),
            ("Worker:ReconcileInterval", "1.00:00:00"),
        ],
        _handler);

    private static async Task<StoredOrder> AwaitOrderAsync(BuyerData data, string id, Func<StoredOrder, bool> condition) =>
        (await Eventually.GetAsync(() => data.ExportAsync(id), order => order is not null && condition(order), Canceled))!;

    /// <summary>Waits until the archive has a journal entry of an order.</summary>
    private static Task AwaitJournalAsync(BuyerData data, string id, string what) =>
        AwaitOrderAsync(data, id, order => order.Journal.Any(step => step.What == what));
}
