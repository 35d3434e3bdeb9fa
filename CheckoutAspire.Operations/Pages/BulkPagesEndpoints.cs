using System.Globalization;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that act on everything that matches: the confirmation says how much that is, and the action then runs in the background.</summary>
internal static class BulkPagesEndpoints
{
    private const int MostCounted = 10_000;

    public static void MapBulkPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/bulk/{id}", async (string id, BulkJobs jobs, HttpContext context) =>
        {
            if (await jobs.FindAsync(id) is not { } job)
            {
                return OrderPagesEndpoints.Message("Bulk action not found", "There is no such action. It is kept for a week.");
            }

            if (job.EndedAt is null)
            {
                context.Response.Headers["Refresh"] = "2";
            }

            return (IResult)new RazorComponentResult<BulkPage>(new { Job = job });
        });
        foreach (var action in Enum.GetValues<BulkAction>())
        {
            pages.MapGet(PathOf(action), async ([AsParameters] OrderFilter filter, DeadLetters dead, OperatorLedger ledger, TimeProvider time) =>
                filter.Problem is { } problem
                    ? (IResult)OrderPagesEndpoints.Unreadable(problem)
                    : ConfirmationPage.Of(await ConfirmAsync(action, OrderOf(action, filter, "", time.GetUtcNow()), dead, ledger)));
        }
    }

    public static void MapBulkActions(this IEndpointRouteBuilder actions)
    {
        foreach (var action in Enum.GetValues<BulkAction>())
        {
            actions.MapPost(PathOf(action), async (IFormCollection form, BulkJobs jobs, BulkRunner runner, DeadLetters dead, OperatorLedger ledger, TimeProvider time) =>
                await AddAsync(action, form, jobs, runner, dead, ledger, time));
        }
    }

    private static string PathOf(BulkAction action) =>
        (action is BulkAction.Redrive or BulkAction.Dismiss ? "/dead/all/" : "/needs-review/all/") + action.ToString().ToLowerInvariant();

    private static async Task<IResult> AddAsync(
        BulkAction action, IFormCollection form, BulkJobs jobs, BulkRunner runner, DeadLetters dead, OperatorLedger ledger, TimeProvider time)
    {
        var (filter, why) = (OrderFilter.Read(name => form[name]), Reason.Join(form["who"], form["why"]));
        if (filter.Problem is { } problem)
        {
            return OrderPagesEndpoints.Unreadable(problem);
        }

        var order = OrderOf(action, filter, why ?? "", time.GetUtcNow());
        if (why is null)
        {
            return ConfirmationPage.Of((await ConfirmAsync(action, order, dead, ledger)).Refused(Reason.Missing, form["who"], form["why"]));
        }

        var id = await jobs.AddAsync(order);
        runner.Notify();
        return TypedResults.LocalRedirect("/bulk/" + id);
    }

    private static async Task<Confirmation> ConfirmAsync(BulkAction action, BulkOrder order, DeadLetters dead, OperatorLedger ledger)
    {
        var isAboutLetters = action is BulkAction.Redrive or BulkAction.Dismiss;
        var (count, left, isAll) = isAboutLetters
            ? await CountAsync(after => dead.ListAsync(order.Filter, after, 1000), letter => action is BulkAction.Dismiss || letter.ObjectId is not null)
            : await CountAsync(
                after => HeldAsync(ledger, after, order), item => action is BulkAction.Reject || BulkRunner.MayApprove(item.Order));
        var number = (isAll ? "" : "at least ") + Counted(count, isAboutLetters ? "dead letter" : "held order");
        var name = BulkPage.Name(action);
        return new Confirmation(
            name,
            action switch
            {
                BulkAction.Redrive => $"This processes {number} once more.",
                BulkAction.Dismiss => $"This deletes {number}.",
                BulkAction.Approve => $"This fulfills {number}.",
                _ => $"This ends {number} without fulfilling {(count == 1 ? "it" : "them")}.",
            },
            (action switch
            {
                BulkAction.Redrive => "Each goes back into the stream once. An order that is fulfilled already is not fulfilled again.",
                BulkAction.Dismiss => "What they report is not applied, and orders that wait for them stay as they are. This cannot be undone.",
                BulkAction.Approve => "Only orders that are paid, and whose sale is proven, are among them. This cannot be undone.",
                _ => "It does not move money: refund their buyers. This cannot be undone.",
            }) + (left == 0 ? "" : action is BulkAction.Approve
                ? $" In addition, {Counted(left, "held order")} that {(left == 1 ? "matches is" : "match are")} not paid, not proven or refunded: approve each by itself."
                : $" In addition, {Counted(left, "dead letter")} that {(left == 1 ? "matches holds" : "match hold")} no event, and stay{(left == 1 ? "s" : "")}.")
            + " It runs in the background, and goes on if this service restarts.",
            name,
            PathOf(action),
            isAboutLetters ? "/dead" : "/needs-review")
        {
            Facts =
            [
                new("Reason contains", order.Matching ?? "anything"),
                new("Since", order.Since is { } since ? OrderExplanation.Time(since) : "any time"),
                new("Before", OrderExplanation.Time(order.Before)),
                .. BulkPage.OthersOf(order).Select(filter => new NamedValue(filter.Name, filter.Value)),
            ],
            Fields =
            [
                new("matching", order.Matching ?? ""),
                new("since", order.Since?.ToString("O", CultureInfo.InvariantCulture) ?? ""),
                new("before", order.Before.ToString("O", CultureInfo.InvariantCulture)),
                .. (order.Orders?.Parameters ?? []).Where(parameter => !string.IsNullOrWhiteSpace(parameter.Value)).Select(parameter => new NamedValue(parameter.Name, parameter.Value!)),
            ],
        };
    }

    private static string Counted(int count, string what) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {what}{(count == 1 ? "" : "s")}";

    private static async Task<Page<(Orders.Ledger.Order Order, DateTimeOffset Since)>> HeldAsync(OperatorLedger ledger, string? after, BulkOrder bulk)
    {
        var page = await ledger.HeldAsync(after, 500);
        return page with { Items = [.. page.Items.Where(item => BulkRunner.IsMeant(item.Order, item.Since, bulk))] };
    }

    private static async Task<(int Count, int Left, bool IsAll)> CountAsync<T>(Func<string?, Task<Page<T>>> read, Func<T, bool> isDone)
    {
        var (count, left, after) = (0, 0, (string?)null);
        do
        {
            var page = await read(after);
            var done = page.Items.Count(isDone);
            (count, left, after) = (count + done, left + page.Items.Count - done, page.Next);
        }
        while (after is not null && count + left < MostCounted);

        return (count, left, after is null);
    }

    /// <summary>What is meant, as the list's filter has it. A list of dead letters has fewer filters.</summary>
    private static BulkOrder OrderOf(BulkAction action, OrderFilter filter, string why, DateTimeOffset now)
    {
        var others = filter with { Matching = null, Since = null, Before = null };
        return new BulkOrder(
            action,
            string.IsNullOrWhiteSpace(filter.Matching) ? null : filter.Matching.Trim(),
            Dates.Read(filter.Since),
            Dates.Read(filter.Before) is { } before && before < now ? before : now,
            why,
            action is BulkAction.Redrive or BulkAction.Dismiss || others.IsEmpty ? null : others);
    }
}
