using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Tests;

public sealed class ReadinessTests : WorkerTest
{
    [Fact]
    public async Task A_durable_Redis_is_healthy_and_a_less_durable_one_is_reported()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        await Eventually.GetAsync(() => ReadAsync(client), text => text == "Healthy", Canceled);

        await Redis.Database.ExecuteAsync("CONFIG", "SET", "appendfsync", "everysec");
        await Redis.Database.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");

        const string Expected =
            "Degraded\ndurability: Redis may lose what it has confirmed: appendfsync is everysec, not always; maxmemory-policy is allkeys-lru, not noeviction.";
        await Eventually.GetAsync(() => ReadAsync(client), text => text == Expected, Canceled);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("health", Canceled)).StatusCode);
    }

    [Fact]
    public async Task A_Redis_with_asynchronous_replicas_and_unsynced_rewrites_degrades_the_health()
    {
        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", Redis.Port.ToString(CultureInfo.InvariantCulture));
        await Redis.Database.ExecuteAsync("CONFIG", "SET", "no-appendfsync-on-rewrite", "yes");
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };

        const string Expected = "Degraded\ndurability: Redis may lose what it has confirmed: no-appendfsync-on-rewrite is yes, not no; "
            + "1 replica is asynchronous and may lack writes when promoted (Orders__WaitForReplicas).";
        Assert.Equal(Expected, await Eventually.GetAsync(() => ReadAsync(client), text => text == Expected, Canceled));
    }

    [Fact]
    public async Task With_replicas_to_wait_for_an_event_counts_as_stored_only_when_they_have_it()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Orders:WaitForReplicas", "1")]);
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        var events = new EventStream(Redis.Connection, new(Redis.Connection, Options.Create(new OrdersOptions { WaitForReplicas = 1 })));
        var sold = await Ledger.SellAsync();
        var entry = new EventEntry("evt_1", HandledEvents.CheckoutCompleted, sold.SessionId, false, "", default, StripeEvents.Checkout(sold.SessionId));
        await Assert.ThrowsAsync<TimeoutException>(() => events.AppendAsync(Partition, entry));

        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", Redis.Port.ToString(CultureInfo.InvariantCulture));
        await Eventually.GetAsync(
            async () => (string)(await replica.Database.ExecuteAsync("INFO", "replication"))!,
            info => info.Contains("master_link_status:up", StringComparison.Ordinal), Canceled);
        await AppendAsync(events, entry);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal("Healthy", await Eventually.GetAsync(() => ReadAsync(client), text => text == "Healthy", Canceled));
    }

    [Fact]
    public async Task With_a_disk_to_wait_for_an_event_counts_as_stored_only_when_it_is_on_disk()
    {
        if (await RedisProgram.FindWithWaitAofAsync(Canceled) is not { } program)
        {
            Console.WriteLine($"WAITAOF is not tested: it needs Redis 7.2 or Valkey, as valkey-server, redis-server or the program that {RedisProgram.Variable} names.");
            return;
        }

        await using var redis = await RedisServer.StartAsync(program, "--appendfsync", "everysec");
        await using var worker = new WorkerHost(redis.ConnectionString, settings: [("Orders:WaitForDisk", "true")]);
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        var ledger = new LedgerKit(redis.Connection);
        var events = new EventStream(redis.Connection, new(redis.Connection, Options.Create(new OrdersOptions { WaitForDisk = true })));
        var sold = await ledger.SellAsync();
        var entry = new EventEntry("evt_1", HandledEvents.CheckoutCompleted, sold.SessionId, false, "", default, StripeEvents.Checkout(sold.SessionId));

        await AppendAsync(events, entry);
        await Eventually.GetAsync(() => ledger.Orders.FindAsync(sold.SessionId), order => order?.State is OrderState.Fulfilled, Canceled);
        await Eventually.GetAsync(() => ReadAsync(client), text => text == "Healthy", Canceled);

        await redis.Database.ExecuteAsync("CONFIG", "SET", "appendfsync", "no");
        await Assert.ThrowsAsync<TimeoutException>(() => events.AppendAsync(Partition, entry));
        await Eventually.GetAsync(() => ReadAsync(client), text => text.StartsWith("Degraded", StringComparison.Ordinal), Canceled);
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_is_unhealthy_and_the_process_alive()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString + ",asyncTimeout=500,connectTimeout=500");
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        await Eventually.GetAsync(() => ReadAsync(client), text => text == "Healthy", Canceled);

        await Redis.KillAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("health", Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("alive", Canceled)).StatusCode);
        await Redis.RestartAsync();
    }

    [Fact]
    public async Task Owed_orders_and_dead_letters_are_in_the_metrics()
    {
        var sold = await Ledger.SellAsync();
        await Redis.Database.SortedSetAddAsync(Partition.Owed, sold.SessionId, TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeMilliseconds());
        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        await using var worker = new WorkerHost(Redis.ConnectionString);

        // The workers of other tests report too.
        var meters = worker.Services.GetRequiredService<IMeterFactory>();
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name.StartsWith("checkout.ledger.", StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();

        await Eventually.GetAsync(
            () =>
            {
                listener.RecordObservableInstruments();
                return Task.FromResult((
                    seen.GetValueOrDefault("checkout.ledger.oldest_owed_age"), seen.GetValueOrDefault("checkout.ledger.owed"),
                    seen.GetValueOrDefault("checkout.ledger.dead_letters")));
            },
            figures => figures is ( >= 300, 1, 1),
            Canceled);
    }

    /// <summary>Appends an event until it counts as stored. On a machine that stalls, a replica or a disk may take longer than a second.</summary>
    private Task AppendAsync(EventStream events, EventEntry entry) => Eventually.GetAsync(
        async () =>
        {
            try
            {
                await events.AppendAsync(Partition, entry);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        },
        isStored => isStored,
        Canceled);

    private static async Task<string> ReadAsync(HttpClient client)
    {
        using var response = await client.GetAsync("health", Canceled);
        return await response.Content.ReadAsStringAsync(Canceled);
    }
}
