using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

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
        using var client = Client(worker);
        var id = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(id);
        var archived = await AwaitOrderAsync(client, id, order => (bool)order["archived"]!);
        Assert.Equal(("fulfilled", "9998"), ((string?)archived["fields"]!["state"], (string?)archived["fields"]!["amount_total"]));
        Assert.Equal(1, await Redis.Database.HashGetAsync(Partition.Archived, "orders"));
        Assert.Equal(1, await Redis.Database.HashGetAsync("co:ledger", "archive"));

        // Stripe delivers the event again.
        await DeliverAsync(id);
        await AwaitJournalAsync(client, id, "unarchived");

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
    public async Task An_operator_exports_and_deletes_a_buyer_s_data()
    {
        await using var worker = StartWorker("35.00:00:00");
        using var client = Client(worker);
        var id = (await Ledger.SellAsync()).SessionId;
        await Redis.Database.HashSetAsync(Partition.Order(id), [new("buyer_ref", "buyer-7"), new("principal", "key:shop")]);
        await Redis.Database.SortedSetAddAsync(Partition.Owned(OwnerDigest.Of("local", "key:shop", "buyer-7")), id, 1);

        var exported = (await client.GetFromJsonAsync<JsonObject>("ops/buyers/export?principal=key:shop&buyer_ref=buyer-7", Canceled))!;
        Assert.Equal("buyer-7", (string?)Assert.Single(exported["data"]!.AsArray())!["fields"]!["buyer_ref"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("ops/buyers/export?principal=key:shop", Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/buyers/forget", new { order_id = id }, Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/buyers/forget", new { reason = "Ada: asked" }, Canceled)).StatusCode);

        var forgotten = await client.PostAsJsonAsync("ops/buyers/forget", new { reason = "Ada: asked", principal = "key:shop", buyer_ref = "buyer-7" }, Canceled);

        Assert.Equal(1, (int)(await forgotten.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["orders"]!);
        Assert.Null((await Ledger.Orders.FindAsync(id))!.BuyerRef);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("ops/orders/cs_unknown", Canceled)).StatusCode);
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

    private static HttpClient Client(WorkerHost worker)
    {
        var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", WorkerHost.OpsToken);
        return client;
    }

    private static Task<JsonObject> AwaitOrderAsync(HttpClient client, string id, Func<JsonObject, bool> condition) =>
        Eventually.GetAsync(async () => (await client.GetFromJsonAsync<JsonObject>("ops/orders/" + id, Canceled))!, condition, Canceled);

    /// <summary>Waits until the archive has a journal entry of an order.</summary>
    private static Task AwaitJournalAsync(HttpClient client, string id, string what) =>
        AwaitOrderAsync(client, id, order => order["journal"]!.AsArray().Any(step => (string?)step!["what"] == what));
}
