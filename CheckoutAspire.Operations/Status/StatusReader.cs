using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>Reads the state of the whole system by a fixed number of commands for each partition, each server and each handler.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class StatusReader(
    LedgerStatistics statistics, ServiceReports reports, HandlerLedger handlers, OrderLedger orders, LedgerDurability durability, RedisMemory memory, TimeProvider time)
{
    public async Task<SystemStatus> ReadAsync()
    {
        var (ledger, followUps, report, states) = (statistics.ReadAsync(), statistics.ReadFollowUpsAsync(), reports.ReadAsync(), handlers.ListAsync());
        var (safety, used) = (PermittedAsync(durability.ReadAsync), PermittedAsync(memory.ReadAsync));
        var witnesses = await followUps;
        var waiting = await Task.WhenAll(witnesses.NextWitnesses.Select(id => orders.FindAsync(id)));
        return new SystemStatus
        {
            ReadAt = time.GetUtcNow(),
            Ledger = await ledger,
            FollowUps = new FollowUpStatus(witnesses.Witnesses, waiting.Min(order => order?.FulfilledAt), witnesses.Notices, witnesses.Archived),
            Reports = await report,
            Handlers = [.. (await states).Select(handler => new HandlerStatus(handler.Name, handler.Failures, handler.PausedAt, handler.ProbeAt))],
            Durability = await safety,
            Memory = await used,
        };
    }

    /// <summary>An ACL may deny CONFIG and INFO. Everything else is still worth showing.</summary>
    private static async Task<T?> PermittedAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (RedisServerException)
        {
            return null;
        }
    }
}
