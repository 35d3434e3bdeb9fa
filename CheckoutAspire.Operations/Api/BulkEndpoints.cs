using CheckoutAspire.Operations.Repair;

namespace CheckoutAspire.Operations.Api;

/// <summary>Bulk actions by the operators' API: they run in the background, and go on after a restart.</summary>
internal static class BulkEndpoints
{
    public static void MapBulk(this IEndpointRouteBuilder ops)
    {
        ops.MapGet("/bulk", async (BulkJobs jobs) => new OpsEndpoints.Listed<BulkState>([.. (await jobs.ListAsync()).Select(BulkState.From)], null));
        ops.MapGet("/bulk/{id}", async (string id, BulkJobs jobs) =>
            await jobs.FindAsync(id) is { } job ? TypedResults.Ok(BulkState.From(job)) : (IResult)OpsEndpoints.Problem(404, "not_found", "There is no such bulk action."));
        foreach (var action in Enum.GetValues<BulkAction>())
        {
            var letters = action is BulkAction.Redrive or BulkAction.Dismiss;
            ops.MapPost((letters ? "/dead/all/" : "/needs_review/all/") + action.ToString().ToLowerInvariant(), async (Bulk bulk, BulkJobs jobs, BulkRunner runner, TimeProvider time) =>
                await AddAsync(action, bulk, jobs, runner, time));
        }
    }

    private static async Task<IResult> AddAsync(BulkAction action, Bulk bulk, BulkJobs jobs, BulkRunner runner, TimeProvider time)
    {
        if (bulk.Reason is not { Length: > 0 and <= 500 } reason)
        {
            return OpsEndpoints.MissingReason();
        }

        var now = time.GetUtcNow();
        var before = bulk.Before is { } asked && asked < now ? asked : now;
        var id = await jobs.AddAsync(new BulkOrder(action, string.IsNullOrEmpty(bulk.Matching) ? null : bulk.Matching, bulk.Since, before, reason));
        runner.Notify();
        return TypedResults.Accepted($"/ops/bulk/{id}", BulkState.From((await jobs.FindAsync(id))!));
    }

    internal sealed record Bulk(string? Reason, string? Matching = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };
    }

    /// <summary>How far a bulk action is. <c>left</c> counts what it does not do: letters without an event, and orders that must be approved one by one.</summary>
    internal sealed record BulkState(
        string Id, string Action, string? Matching, DateTimeOffset? Since, DateTimeOffset Before, string Reason, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long Done, long Left)
    {
        public static BulkState From(BulkJob job) => new(
            job.Id, job.Order.Action.ToString().ToLowerInvariant(), job.Order.Matching, job.Order.Since, job.Order.Before, job.Order.Why, job.CreatedAt, job.EndedAt, job.Done,
            job.Left);
    }
}
