using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>A test of the operators' service on a Redis of its own, which starts empty.</summary>
public abstract class OperationsTest : IAsyncLifetime
{
    protected RedisServer Redis { get; private set; } = null!;

    protected LedgerKit Ledger { get; private set; } = null!;

    protected LedgerPartition Partition => Ledger.Partitions.All[0];

    protected static CancellationToken Canceled => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync();
        Ledger = new LedgerKit(Redis.Connection);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static HttpClient Client(OperationsHost operations, string? token = OperationsHost.Token)
    {
        var client = new HttpClient { BaseAddress = operations.Address };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    protected static async Task<JsonObject> GetAsync(HttpClient client, string path) => (await client.GetFromJsonAsync<JsonObject>(path, Canceled))!;

    protected static async Task<HttpStatusCode> PostAsync(HttpClient client, string path) =>
        (await client.PostAsJsonAsync(path, new { reason = "Ann: the buyer was right" }, Canceled)).StatusCode;

    /// <summary>An order that is held, because less was paid than was sold.</summary>
    protected Task<string> HoldAsync(long subtotal = 1) => Ledger.HoldAsync(subtotal);

    /// <summary>A dead letter of a paid order.</summary>
    protected async Task<string> DeadLetterAsync(string sessionId)
    {
        var entry = new EventEntry("evt_1", HandledEvents.CheckoutCompleted, sessionId, false, "", default, StripeEvents.Checkout(sessionId));
        return (await Redis.Database.StreamAddAsync(Partition.Dead,
        [
            new("id", entry.Id), new("type", entry.Type), new("object", entry.ObjectId), new("livemode", 0), new("traceparent", ""),
            new("received_at", 0), new("body", entry.Body), new("attempts", 40), new("reason", "The handler ship failed (HTTP 500)."),
        ])).ToString();
    }

    protected async Task<Order> AwaitAsync(string sessionId, OrderState state) =>
        (await Eventually.GetAsync(() => Ledger.Orders.FindAsync(sessionId), order => order?.State == state, Canceled))!;
}
