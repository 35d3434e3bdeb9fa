using System.Globalization;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that list orders, and approve or reject those that were selected.</summary>
internal static class OrderListPagesEndpoints
{
    /// <summary>A form with this many selected orders is shorter than the largest body.</summary>
    private const int PageSize = 25;

    public static void MapOrderListPages(this IEndpointRouteBuilder pages)
    {
        foreach (var kind in Enum.GetValues<OrderListKind>())
        {
            var path = OrderListPage.PathOf(kind);
            pages.MapGet(path, async ([AsParameters] OrderFilter filter, OrderLists lists, string? after, string? done, int? count, int? left) =>
                new RazorComponentResult<OrderListPage>(new
                {
                    Kind = kind,
                    Filter = filter,
                    Page = filter.Problem is null ? await lists.ReadAsync(kind, filter, after, PageSize) : new Page<(Order, DateTimeOffset)>([], null),
                    IsFirst = after is null,
                    Done = DoneText(done, count, left),
                }));
            pages.MapGet(path + ".csv", async ([AsParameters] OrderFilter filter, OrderLists lists) => filter.Problem is { } problem
                ? OrderPagesEndpoints.Unreadable(problem)
                : await lists.DownloadAsync(kind, filter));
        }

        pages.MapGet("/needs-review/selected", async (string? verb, string[]? order, OrderLedger orders) => order is { Length: > 0 and <= PageSize }
            ? (IResult)ConfirmationPage.Of(await ConfirmAsync(verb != "reject", order, orders))
            : OrderPagesEndpoints.Message("Nothing is selected", "Go back and select orders by their checkboxes."));
    }

    public static void MapOrderListActions(this IEndpointRouteBuilder actions) => actions.MapPost("/needs-review/selected", DecideAsync);

    private static async Task<IResult> DecideAsync(IFormCollection form, OperatorLedger ledger, OrderLedger orders)
    {
        var approves = form["verb"] != "reject";
        if (Reason.Join(form["who"], form["why"]) is not { } reason)
        {
            return ConfirmationPage.Of((await ConfirmAsync(approves, form["order"], orders)).Refused(Reason.Missing, form["who"], form["why"]));
        }

        var (done, left) = (0, 0);
        foreach (var (id, hold) in Read(form["order"]))
        {
            var isDone = await orders.FindAsync(id) is { } order && (!approves || BulkRunner.MayApprove(order))
                && await ledger.DecideAsync(id, approves, reason, hold) is Decision.Approved or Decision.Rejected;
            (done, left) = isDone ? (done + 1, left) : (done, left + 1);
        }

        return TypedResults.LocalRedirect(string.Create(
            CultureInfo.InvariantCulture, $"/needs-review?done={(approves ? "approved" : "rejected")}&count={done}&left={left}"));
    }

    private static async Task<Confirmation> ConfirmAsync(bool approves, StringValues selected, OrderLedger orders)
    {
        var found = (await Task.WhenAll(Read(selected).Select(one => orders.FindAsync(one.Id)))).OfType<Order>().ToList();
        var left = approves ? found.Count(order => !BulkRunner.MayApprove(order)) : 0;
        return new Confirmation(
            approves ? "Approve the selected orders" : "Reject the selected orders",
            string.Create(CultureInfo.InvariantCulture, $"This {(approves ? "fulfills" : "ends")} {found.Count - left} order{(found.Count - left == 1 ? "" : "s")}{(approves ? "" : " without fulfillment")}."),
            (approves ? "Their holds end, and a worker calls the fulfillment handlers within seconds." : "It does not move money: refund their buyers.") + " This cannot be undone."
            + (left == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {left} of the selected orders are not paid, not proven or refunded, and stay held: approve each of them by itself.")),
            approves ? "Approve the orders" : "Reject the orders",
            "/needs-review/selected",
            "/needs-review")
        {
            Facts = [.. found.Select(order => new NamedValue(order.Number, order.Reason ?? "held"))],
            Fields = [new("verb", approves ? "approve" : "reject"), .. selected.Select(one => new NamedValue("order", one ?? ""))],
        };
    }

    /// <summary>Reads <c>cs_test_a1:2</c>: an order, and the hold that the list showed.</summary>
    private static IEnumerable<(string Id, int Hold)> Read(StringValues selected)
    {
        foreach (var one in selected.OfType<string>())
        {
            if (one.LastIndexOf(':') is > 0 and var colon && int.TryParse(one.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var hold))
            {
                yield return (one[..colon], hold);
            }
        }
    }

    private static string? DoneText(string? done, int? count, int? left) => done is "approved" or "rejected"
        ? string.Create(CultureInfo.InvariantCulture, $"{count ?? 0} orders are {done}.")
            + (left > 0 ? string.Create(CultureInfo.InvariantCulture, $" {left} were left as they are: they are not paid, not proven or refunded, or have been decided meanwhile.") : "")
        : null;
}
