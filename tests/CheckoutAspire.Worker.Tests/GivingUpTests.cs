using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Entries that cannot be finished by any attempt are dead-lettered with a reason and do not block those behind them.</summary>
public sealed class GivingUpTests : WorkerTest
{
    private static readonly (string, string)[] s_threeAttempts = [("Worker:MaxAttempts", "3")];

    [Fact]
    public async Task An_entry_without_a_required_field_is_dead_lettered_at_once()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var outcomes = new Outcomes(worker);

        await Redis.Database.StreamAddAsync(Partition.Events, "id", "evt_1");

        var dead = await AwaitDeadLetterAsync();
        Assert.Equal(("evt_1", 1, "The entry lacks a field."), (dead["id"].ToString(), (int)dead["attempts"], dead["reason"].ToString()));
        await AwaitDrainedAsync();
        await AwaitOutcomesAsync(outcomes, "dead");
        Assert.EndsWith("went to the dead letters: The entry lacks a field.", Assert.Single(await AwaitWarningsAsync(worker, 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("A5657674")]
    [InlineData("90909090909090")]
    [InlineData("C1")]
    public async Task An_entry_whose_packed_event_holds_anything_but_its_strings_is_dead_lettered_as_it_is(string packed)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);

        await Redis.Database.StreamAddAsync(Partition.Events, [new("event", Convert.FromHexString(packed)), new("body", "{}")]);

        var dead = await AwaitDeadLetterAsync();
        Assert.Equal(
            (packed, "{}", "The entry lacks a field."), (Convert.ToHexString((byte[])dead["event"]!), dead["body"].ToString(), dead["reason"].ToString()));
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task An_unreadable_event_is_dead_lettered_at_once()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var outcomes = new Outcomes(worker);
        var id = LedgerKit.NewSessionId();

        await Ledger.AppendAsync(id, "{}");

        var dead = await AwaitDeadLetterAsync();
        Assert.Equal(
            (id, 1, "The event's $ is not of the documented type."), (dead["object"].ToString(), (int)dead["attempts"], dead["reason"].ToString()));
        await AwaitOutcomesAsync(outcomes, "dead");
    }

    [Fact]
    public async Task An_entry_whose_order_key_has_another_type_is_dead_lettered_after_the_last_attempt_and_blocks_no_other()
    {
        var (bad, sold) = (LedgerKit.NewSessionId(), await Ledger.SellAsync());
        await Redis.Database.StringSetAsync(Partition.Order(bad), "x");
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: s_threeAttempts);
        using var outcomes = new Outcomes(worker);

        await DeliverAsync(bad);
        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        var dead = await AwaitDeadLetterAsync();
        Assert.Equal((bad, 3, "Processing failed (RedisServerException)."), (dead["object"].ToString(), (int)dead["attempts"], dead["reason"].ToString()));
        await AwaitDrainedAsync();
        await AwaitOutcomesAsync(outcomes, "dead", "fulfilled", "postponed", "postponed");
        Assert.Equal(
            ["failed, attempt 1 of 3.", "failed, attempt 2 of 3.", "failed, attempt 3 of 3."],
            (await AwaitWarningsAsync(worker, 3)).Select(line => line[line.IndexOf("failed", StringComparison.Ordinal)..]));
    }

    [Fact]
    public async Task An_entry_that_ended_its_worker_too_often_is_given_up()
    {
        var (bad, last) = (await Ledger.SellAsync(), await Ledger.SellAsync());
        await Ledger.Events.EnsureGroupAsync(Partition);
        RedisValue[] entries = [await DeliverAsync(bad.SessionId), await DeliverAsync(last.SessionId)];
        await Ledger.Events.ReadNewAsync(Partition, "a-worker-that-died", entries.Length);
        await DeliveredAsync(entries[0], times: 3);
        await DeliveredAsync(entries[1], times: 2);

        // To take an entry over is a delivery too.
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:MaxCrashes", "3")]);

        await AwaitAsync(last.SessionId, OrderState.Fulfilled);
        var dead = await AwaitDeadLetterAsync();
        Assert.Equal(
            (bad.SessionId, 3, "It ended its worker 3 times."), (dead["object"].ToString(), (int)dead["attempts"], dead["reason"].ToString()));
        await AwaitDrainedAsync();
        Assert.Equal(OrderState.Created, (await Ledger.Orders.FindAsync(bad.SessionId))!.State);
        Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Contains("went to the dead letters: it ended its worker 3 times.", Assert.Single(await AwaitWarningsAsync(worker, 1)), StringComparison.Ordinal);

        async Task DeliveredAsync(RedisValue entry, int times) => await Redis.Database.ExecuteAsync(
            "XCLAIM", Partition.Events.ToString(), EventStream.Group, "a-worker-that-died", "0", entry.ToString(), "IDLE", "3600000", "RETRYCOUNT", times);
    }

    [Fact]
    public async Task An_entry_that_a_living_worker_has_lost_counts_no_crash_and_is_processed()
    {
        var (first, sold) = (await Ledger.SellAsync(), await Ledger.SellAsync());
        await Ledger.Events.EnsureGroupAsync(Partition);
        var entry = await DeliverAsync(sold.SessionId);
        await Ledger.Events.ReadNewAsync(Partition, "reader", 1);
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:MaxCrashes", "3"), ("Worker:Lease", "01:00:00")]);

        // Redis knows a consumer once it has read an entry.
        await DeliverAsync(first.SessionId);
        await AwaitAsync(first.SessionId, OrderState.Fulfilled);
        var consumers = await Ledger.Events.ConsumersAsync(Partition);

        // Two workers have ended with it, and the reply that brought it to this one has not arrived.
        await Redis.Database.ExecuteAsync(
            "XCLAIM", Partition.Events.ToString(), EventStream.Group, consumers.Single(consumer => consumer.Name != "reader").Name, "0", entry.ToString(),
            "IDLE", "7200000", "RETRYCOUNT", "3", "JUSTID");

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
    }

    [Fact]
    public async Task An_entry_is_taken_over_after_the_longer_lease_of_both_workers()
    {
        string[] owners = ["web1-0f3c-lease3600000", "web2-0f3d-lease100"];
        var (slow, quick) = ((await Ledger.SellAsync()).SessionId, (await Ledger.SellAsync()).SessionId);
        await Ledger.Events.EnsureGroupAsync(Partition);
        RedisValue[] entries = [await DeliverAsync(slow), await DeliverAsync(quick)];
        foreach (var (owner, entry) in owners.Zip(entries))
        {
            await Ledger.Events.ReadNewAsync(Partition, owner, 1);
            await IdleAsync(owner, entry, TimeSpan.FromMinutes(1));
        }

        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:Lease", "00:00:00.5")]);
        await AwaitAsync(quick, OrderState.Fulfilled);

        // The same look has come past it.
        var pending = Assert.Single(await Redis.Database.StreamPendingMessagesAsync(Partition.Events, EventStream.Group, 10, RedisValue.Null));
        Assert.Equal((entries[0], owners[0], 1), (pending.MessageId, pending.ConsumerName.ToString(), pending.DeliveryCount));
        await IdleAsync(owners[0], entries[0], TimeSpan.FromHours(2));
        await AwaitAsync(slow, OrderState.Fulfilled);

        async Task IdleAsync(string owner, RedisValue entry, TimeSpan idle) => await Redis.Database.ExecuteAsync(
            "XCLAIM", Partition.Events.ToString(), EventStream.Group, owner, "0", entry.ToString(), "IDLE", (long)idle.TotalMilliseconds, "JUSTID");
    }

    [Fact]
    public async Task A_consumer_that_has_been_idle_for_long_is_deleted_and_others_are_not()
    {
        await Ledger.Events.EnsureGroupAsync(Partition);
        string[] sold = [await SetAsideByAsync("gone", TimeSpan.Zero), await SetAsideByAsync("gone", TimeSpan.FromSeconds(0.4))];
        await using (var patient = new WorkerHost(Redis.ConnectionString))
        {
            // Due entries return in a round. When the later entry has returned, an earlier round is complete and has checked the consumers.
            await AwaitAsync(sold[0], OrderState.Fulfilled);
            await AwaitAsync(sold[1], OrderState.Fulfilled);
            Assert.Contains("gone", await ConsumersAsync());
        }

        await using var hasty = new WorkerHost(Redis.ConnectionString, settings: [("Worker:Lease", "00:00:00.1")]);

        await Eventually.GetAsync(ConsumersAsync, consumers => !consumers.Contains("gone"), Canceled);

        async Task<string[]> ConsumersAsync() => [.. (await Ledger.Events.ConsumersAsync(Partition)).Select(consumer => consumer.Name)];

        async Task<string> SetAsideByAsync(string consumer, TimeSpan delay)
        {
            var id = (await Ledger.SellAsync()).SessionId;
            var entry = await DeliverAsync(id);
            await Ledger.Events.ReadNewAsync(Partition, consumer, 1);
            await Ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence: null, attempt: 1, allowed: 2, delay, "It failed.");
            return id;
        }
    }

    private static Task<string[]> AwaitWarningsAsync(WorkerHost worker, int count) =>
        Eventually.GetAsync(() => Task.FromResult(worker.Warnings.ToArray()), lines => lines.Length >= count, Canceled);

    private static Task AwaitOutcomesAsync(Outcomes outcomes, params string[] expected) => Eventually.GetAsync(
        () => Task.FromResult(string.Join(' ', outcomes.Order(StringComparer.Ordinal))), found => found == string.Join(' ', expected), Canceled);
}
