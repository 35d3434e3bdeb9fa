using System.Text.Json.Serialization;
using CheckoutAspire.Operations.Finding;
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
        foreach (var action in new[] { BulkAction.Redrive, BulkAction.Dismiss })
        {
            ops.MapPost("/dead/all/" + action.ToString().ToLowerInvariant(), async (Letters bulk, BulkJobs jobs, BulkRunner runner, TimeProvider time) =>
                await AddAsync(action, bulk.Reason, bulk.Matching, bulk.Since, bulk.Before, null, jobs, runner, time));
        }

        foreach (var action in new[] { BulkAction.Approve, BulkAction.Reject })
        {
            ops.MapPost("/needs_review/all/" + action.ToString().ToLowerInvariant(), async (Orders bulk, BulkJobs jobs, BulkRunner runner, TimeProvider time) =>
                await AddAsync(action, bulk.Reason, bulk.Matching, bulk.Since, bulk.Before, bulk.Filter, jobs, runner, time));
        }
    }

    private static async Task<IResult> AddAsync(
        BulkAction action, string? why, string? matching, DateTimeOffset? since, DateTimeOffset? asked, OrderFilter? orders, BulkJobs jobs, BulkRunner runner, TimeProvider time)
    {
        if (why is not { Length: > 0 and <= 500 } reason)
        {
            return OpsEndpoints.MissingReason();
        }

        if (orders?.Problem is { } problem)
        {
            return OpsEndpoints.Problem(400, "invalid_filter", problem);
        }

        var now = time.GetUtcNow();
        var before = asked < now ? asked.Value : now;
        var id = await jobs.AddAsync(new BulkOrder(action, string.IsNullOrEmpty(matching) ? null : matching, since, before, reason, orders is { IsEmpty: false } ? orders : null));
        runner.Notify();
        return TypedResults.Accepted($"/ops/bulk/{id}", BulkState.From((await jobs.FindAsync(id))!));
    }

    /// <summary>Which dead letters are meant. An unknown member is rejected, because a misspelled condition would let the action apply to more.</summary>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record Letters(string? Reason, string? Matching = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };
    }

    /// <summary>Which held orders are meant, by the filters of their list.</summary>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record Orders(
        string? Reason, string? Matching = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null, string? Min = null, string? Max = null, string? Currency = null,
        string? Principal = null, string? Product = null, string? Handler = null) : IJournaled
    {
        internal OrderFilter Filter => new(Min: Min, Max: Max, Currency: Currency, Principal: Principal, Product: Product, Handler: Handler);

        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };
    }

    /// <summary>How far a bulk action is. <c>left</c> counts what it does not do: letters without an event, and orders that must be approved one by one.</summary>
    internal sealed record BulkState(
        string Id, string Action, string? Matching, DateTimeOffset? Since, DateTimeOffset Before, string Reason, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long Done, long Left,
        OrderFilter? Orders)
    {
        public static BulkState From(BulkJob job) => new(
            job.Id, job.Order.Action.ToString().ToLowerInvariant(), job.Order.Matching, job.Order.Since, job.Order.Before, job.Order.Why, job.CreatedAt, job.EndedAt, job.Done,
            job.Left, job.Order.Orders);
    }
}
