using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Peers;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Receiver;

/// <summary>A receiver under load.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="StartAsync">Starts its process.</param>
/// <param name="CountAsync">How many events it has stored: what it answered 200 and did not store was not received.</param>
internal sealed record ReceiverContender(
    string Name,
    Func<RedisServer, CancellationToken, Task<Service>> StartAsync,
    Func<IDatabase, Task<long>> CountAsync)
{
    /// <summary>Our receiver first. The others are compared with it.</summary>
    public static IReadOnlyList<ReceiverContender> All { get; } =
    [
        new(
            "CheckoutAspire.Webhooks",
            Services.StartReceiverAsync,
            database => database.StreamLengthAsync(new LedgerPartitions(Options.Create(new OrdersOptions())).All[0].Events)),
        new(
            "floor: read, XADD",
            (redis, cancellationToken) => Services.StartPeerAsync(FloorReceiver.Name, redis, cancellationToken),
            database => database.StreamLengthAsync(PeerConfiguration.Stream)),
        new(
            "textbook: ConstructEvent, XADD",
            (redis, cancellationToken) => Services.StartPeerAsync(TextbookReceiver.Name, redis, cancellationToken),
            database => database.StreamLengthAsync(PeerConfiguration.Stream)),
        new(
            "Express, stripe-node, BullMQ",
            Services.StartNodeReceiverAsync,
            database => database.ListLengthAsync("bull:fulfillment:wait")),
    ];
}
