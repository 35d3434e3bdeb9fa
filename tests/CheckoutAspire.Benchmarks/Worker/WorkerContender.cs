using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Worker;

/// <summary>A worker that drains a backlog.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="PrepareAsync">Fills a Redis with orders and their events.</param>
/// <param name="Start">Starts its process.</param>
/// <param name="LeftAsync">How many entries or jobs are not settled.</param>
/// <param name="CountCommitsAsync">How often orders were fulfilled, by the journal. Its second argument is the number of orders.</param>
internal sealed record WorkerContender(
    string Name,
    Func<RedisServer, int, CancellationToken, Task> PrepareAsync,
    Func<RedisServer, ChildProcess> Start,
    Func<IDatabase, Task<long>> LeftAsync,
    Func<IDatabase, int, Task<long>> CountCommitsAsync)
{
    public static IReadOnlyList<WorkerContender> All { get; } =
    [
        new(
            "CheckoutAspire.Worker",
            Backlog.PrepareOursAsync,
            redis => Services.LaunchWorker(redis).Process,
            CountEventsAsync,
            CountFulfilledStepsAsync),
        new(
            "CheckoutAspire.Worker, unrecorded orders",
            Backlog.PrepareUnrecordedAsync,
            redis =>
            {
                Backlog.BeginLedger(redis);
                return Services.LaunchWorker(redis).Process;
            },
            CountEventsAsync,
            CountFulfilledStepsAsync),
        new(
            "BullMQ",
            Backlog.PrepareBullAsync,
            redis => Services.StartNode("worker.mjs", redis, []),
            async database => await database.ListLengthAsync("bull:fulfillment:wait") + await database.ListLengthAsync("bull:fulfillment:active"),
            async (database, count) => await database.StreamLengthAsync(Backlog.BullJournal) - count),
    ];

    private static LedgerPartition Partition => Backlog.Partitions.All[0];

    private static Task<long> CountEventsAsync(IDatabase database) => database.StreamLengthAsync(Partition.Events);

    private static async Task<long> CountFulfilledStepsAsync(IDatabase database, int count)
    {
        const int PageSize = 10_000;
        var (commits, start) = (0L, (RedisValue)"-");
        while (true)
        {
            var page = await database.StreamRangeAsync(Partition.Journal, start, count: PageSize);
            commits += page.SelectMany(entry => JournalSteps.Of(Partition, entry)).Count(step => step.What == "fulfilled");
            if (page.Length < PageSize)
            {
                return commits;
            }

            start = "(" + page[^1].Id;
        }
    }
}
