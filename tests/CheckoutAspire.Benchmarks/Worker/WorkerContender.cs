using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Worker;

/// <summary>A worker that drains a backlog.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="PrepareAsync">Fills a Redis with orders and their events.</param>
/// <param name="Start">Starts its process.</param>
/// <param name="Journal">A stream with one entry for each order that was created, and one for each that was fulfilled.</param>
/// <param name="Records">Whether the orders are not known before, so that the worker creates each with its fulfillment.</param>
/// <param name="LeftAsync">How many entries or jobs are not settled.</param>
internal sealed record WorkerContender(
    string Name,
    Func<RedisServer, int, CancellationToken, Task> PrepareAsync,
    Func<RedisServer, ChildProcess> Start,
    RedisKey Journal,
    bool Records,
    Func<IDatabase, Task<long>> LeftAsync)
{
    public static IReadOnlyList<WorkerContender> All { get; } =
    [
        new(
            "CheckoutAspire.Worker",
            Backlog.PrepareOursAsync,
            redis => Services.LaunchWorker(redis).Process,
            Partition.Journal,
            Records: false,
            database => database.StreamLengthAsync(Partition.Events)),
        new(
            "CheckoutAspire.Worker, unrecorded orders",
            Backlog.PrepareUnrecordedAsync,
            redis =>
            {
                Backlog.BeginLedger(redis);
                return Services.LaunchWorker(redis).Process;
            },
            Partition.Journal,
            Records: true,
            database => database.StreamLengthAsync(Partition.Events)),
        new(
            "BullMQ",
            Backlog.PrepareBullAsync,
            redis => Services.StartNode("worker.mjs", redis, []),
            Backlog.BullJournal,
            Records: false,
            async database => await database.ListLengthAsync("bull:fulfillment:wait") + await database.ListLengthAsync("bull:fulfillment:active")),
    ];

    /// <summary>How many of so many orders are fulfilled.</summary>
    public async Task<long> CountFulfilledAsync(IDatabase database, int count) =>
        await database.StreamLengthAsync(Journal) is var entries && Records ? entries / 2 : entries - count;

    private static LedgerPartition Partition => Backlog.Partitions.All[0];
}
