using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Operations.Repair;

/// <summary>Runs the bulk actions in the background, in batches, and goes on with those that another instance has left.</summary>
internal sealed partial class BulkRunner(
    BulkJobs jobs, DeadLetters dead, OperatorLedger ledger, LedgerReadiness readiness, TimeProvider time, ILogger<BulkRunner> logger) : BackgroundService
{
    private const int BatchSize = 100;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _added = new(0);

    /// <summary>Has bulk actions looked for at once.</summary>
    public void Notify() => _added.Release();

    /// <summary>Whether an order may be approved together with others: there is no doubt that an operator must confirm twice. Earlier ledgers have no causes.</summary>
    public static bool MayApprove(Order order) => order.Causes.Count > 0 && ApprovalDoubt.Of(order) is null;

    /// <summary>Whether a held order is meant by a bulk action.</summary>
    public static bool IsMeant(Order order, DateTimeOffset since, BulkOrder bulk) =>
        since < bulk.Before && (bulk.Since is not { } from || since >= from)
        && (bulk.Matching is not { } text || order.Reason?.Contains(text, StringComparison.OrdinalIgnoreCase) == true)
        && bulk.Orders?.Matches(order, since) != false
        // A hold that came after the operator looked at the list is not decided.
        && !order.Timeline.Any(step => step.What == "needs_review" && step.At >= bulk.Before);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await readiness.WhenVerifiedAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                await RunAllAsync(stoppingToken);
                await _added.WaitAsync(s_interval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops. Another instance goes on.
        }
    }

    public override void Dispose()
    {
        _added.Dispose();
        base.Dispose();
    }

    private async Task RunAllAsync(CancellationToken stopping)
    {
        try
        {
            foreach (var job in (await jobs.ListAsync()).Where(job => job.EndedAt is null).Reverse())
            {
                await RunAsync(job.Id, stopping);
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.Interrupted(logger, exception.GetType().Name);
            await Task.Delay(s_interval, time, stopping);
        }
    }

    private async Task RunAsync(string id, CancellationToken stopping)
    {
        while (await jobs.TryTakeAsync(id))
        {
            if (stopping.IsCancellationRequested || await jobs.FindAsync(id) is not { EndedAt: null } job)
            {
                await jobs.ReleaseAsync(id);
                return;
            }

            var result = job.Order.Action switch
            {
                BulkAction.Redrive => await dead.RedriveAsync(job.Order.Filter, job.Cursor, BatchSize, job.Order.Why),
                BulkAction.Dismiss => await dead.DismissAsync(job.Order.Filter, job.Cursor, BatchSize, job.Order.Why),
                _ => await DecideAsync(job.Order, job.Cursor),
            };
            await jobs.AdvanceAsync(id, result.Done, result.Unparsable, result.Next);
            if (result.Next is null)
            {
                Log.Ended(logger, id, job.Order.Action, job.Done + result.Done, job.Left + result.Unparsable);
            }
        }
    }

    private async Task<BulkResult> DecideAsync(BulkOrder bulk, string? cursor)
    {
        var approves = bulk.Action is BulkAction.Approve;
        var page = await ledger.HeldAsync(cursor, BatchSize);
        var meant = page.Items.Where(item => IsMeant(item.Order, item.Since, bulk)).Select(item => item.Order).ToList();
        var decided = await Task.WhenAll(meant.Where(order => !approves || MayApprove(order))
            .Select(order => ledger.DecideAsync(order.SessionId, approves, bulk.Why, order.Hold)));
        var done = decided.Count(decision => decision is Decision.Approved or Decision.Rejected);
        return new BulkResult(done, meant.Count - done, page.Next);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The bulk action {BulkId} ({Action}) has ended: {Done} done, {Left} left as they are.")]
        public static partial void Ended(ILogger logger, string bulkId, BulkAction action, long done, long left);

        [LoggerMessage(2, LogLevel.Warning, "Bulk actions wait because Redis does not answer ({Error}).")]
        public static partial void Interrupted(ILogger logger, string error);
    }
}
