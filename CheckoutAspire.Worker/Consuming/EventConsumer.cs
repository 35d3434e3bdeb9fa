using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Consumes the events streams: one <see cref="PartitionConsumer"/> for each partition.</summary>
internal sealed class EventConsumer(
    IConnectionMultiplexer redis,
    EventStream events,
    OrderTransitions transitions,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    EventProcessor processor,
    ConsumerSupervisor supervisor,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<PartitionConsumer> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        var consumer = $"{Environment.MachineName}-{Guid.NewGuid():N}";
        await Task.WhenAll(partitions.All.Select(partition => supervisor.RunAsync(
            partition,
            new PartitionConsumer(partition, consumer, redis, events, transitions, processor, options.Value, time, logger).RunAsync,
            stoppingToken)));
    }
}
