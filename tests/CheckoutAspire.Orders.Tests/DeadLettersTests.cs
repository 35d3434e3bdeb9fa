using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>A worker of the version before does not unpack an event: its dead letters have the receiver's form.</summary>
public sealed class DeadLettersTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private LedgerKit _ledger = null!;

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    private DeadLetters Letters => new(_redis.Connection, _ledger.Partitions);

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _ledger = new LedgerKit(_redis.Connection);
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_packed_dead_letter_is_listed_and_goes_back_with_fields_of_its_own()
    {
        var (sold, id) = await DeadLetterAsync();

        var letter = Assert.Single((await Letters.ListAsync(new DeadLetterFilter(), null, 10)).Items);
        Assert.Equal(
            new DeadLetter(0, id, letter.DeadSince, "evt_1", "checkout.session.completed", sold.SessionId, "The entry lacks a field.", 1), letter);
        Assert.Equal("{}"u8.ToArray(), await Letters.ReadBodyAsync(0, id));
        Assert.Equal(Redrive.Redriven, await Letters.RedriveAsync(0, id, "Ann"));

        var back = Assert.Single(await _redis.Database.StreamRangeAsync(Partition.Events));
        Assert.Equal(
            ["id", "type", "object", "livemode", "traceparent", "received_at", "api_version", "body"], back.Values.Select(field => field.Name.ToString()));
        Assert.Equal(("evt_1", sold.SessionId, "{}"), (back["id"].ToString(), back["object"].ToString(), back["body"].ToString()));
        Assert.Equal("redriven", (await _ledger.Orders.FindAsync(sold.SessionId))!.Timeline[^1].What);
    }

    [Fact]
    public async Task A_packed_dead_letter_is_dismissed_in_the_timeline_of_its_order()
    {
        var (sold, id) = await DeadLetterAsync();

        Assert.True(await Letters.DismissAsync(0, id, "Ann"));

        Assert.Equal(0, await _redis.Database.StreamLengthAsync(Partition.Dead));
        var step = (await _ledger.Orders.FindAsync(sold.SessionId))!.Timeline[^1];
        Assert.Equal(("dismissed", $"Ann (dead letter {id}: The entry lacks a field.)"), (step.What, step.Detail));
    }

    private async Task<(NewOrder Sold, string Id)> DeadLetterAsync()
    {
        var sold = await _ledger.SellAsync();
        await _ledger.AppendAsync(sold.SessionId, eventId: "evt_1");
        var received = Assert.Single(await _redis.Database.StreamRangeAsync(Partition.Events));
        await _redis.Database.StreamDeleteAsync(Partition.Events, [received.Id]);
        return (sold, (await _redis.Database.StreamAddAsync(
            Partition.Dead, [.. received.Values, new("attempts", 1), new("reason", "The entry lacks a field.")])).ToString());
    }
}
