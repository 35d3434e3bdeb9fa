using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that find, list and explain orders, and decide about them.</summary>
internal static class OrderPagesEndpoints
{
    private const int PageSize = 50;
    private const int MaxRenewals = 20;
    private const string UnpaidWord = "unpaid";

    public static void MapOrderPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/orders", FindAsync);
        pages.MapGet("/owed", async (OperatorLedger ledger, string? after) => List(
            "Owed", "Orders that are paid, not fulfilled and not held, longest owed first.", "/owed", after, await ledger.OwedAsync(after, PageSize)));
        pages.MapGet("/needs-review", async (OperatorLedger ledger, string? after) => List(
            "Needs review", "Orders that are held until an operator decides, longest held first.", "/needs-review", after, await ledger.HeldAsync(after, PageSize)));
        pages.MapGet("/handlers", async (HandlerLedger handlers) => new RazorComponentResult<HandlersPage>(new { Handlers = await handlers.ListAsync() }));
        pages.MapGet("/orders/{id}", ExplainAsync);
        foreach (var approves in new[] { true, false })
        {
            var path = "/orders/{id}/" + (approves ? "approve" : "reject");
            pages.MapGet(path, async (string id, OrderLedger orders, TimeProvider time) =>
                await orders.FindAsync(id) is { } order ? (IResult)Decision(order, approves, time) : NotFound());
            pages.MapPost(path, async (string id, [AsParameters] DecisionForm form, OperatorLedger ledger, OrderLedger orders, TimeProvider time) =>
                await DecideAsync(id, approves, form, ledger, orders, time));
        }
    }

    private static async Task<IResult> FindAsync(string? q, OrderSearch search, DeadLetters dead, LedgerStatistics statistics, CancellationToken cancellationToken)
    {
        var text = q?.Trim() ?? "";
        if (text.Length is 0 or > 200)
        {
            return new RazorComponentResult<FindPage>(new { Figures = await statistics.ReadAsync() });
        }

        if (text.StartsWith("evt_", StringComparison.Ordinal) && await dead.FindByEventAsync(text) is { ObjectId: { } objectId })
        {
            text = objectId;
        }

        var found = await search.FindAsync(text, cancellationToken);
        return found.Orders is [var single] && found.IsComplete
            ? TypedResults.LocalRedirect("/orders/" + Uri.EscapeDataString(single.SessionId))
            : new RazorComponentResult<FindPage>(new { Query = text, Found = found.Orders, found.IsComplete });
    }

    private static RazorComponentResult<OrderListPage> List(
        string title, string description, string path, string? after, Page<(Order Order, DateTimeOffset Since)> page) =>
        new(new { Title = title, Description = description, Path = path, IsFirst = after is null, Page = page });

    private static async Task<IResult> ExplainAsync(
        string id, string? done, OrderLedger orders, SubscriptionRenewals renewals, WitnessOutbox index, LedgerMode mode, TimeProvider time)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return NotFound();
        }

        var first = order.Subscription is { } subscription ? await index.FindSessionAsync(subscription) ?? order.SessionId : order.SessionId;
        var related = order.Subscription is null ? [] : await renewals.ListAsync(first, MaxRenewals);
        return new RazorComponentResult<OrderPage>(new
        {
            Order = order,
            Explanation = OrderExplanation.Of(order, time.GetUtcNow()),
            Links = StripeLinks.Of(order, mode.Mode),
            Related = (IReadOnlyList<PageLink>)
            [
                .. first == order.SessionId ? Array.Empty<PageLink>() : [new PageLink("The first order", "/orders/" + first)],
                .. related.Where(renewal => renewal.SessionId != order.SessionId).Select(renewal => new PageLink($"Renewal {renewal.Number}", "/orders/" + renewal.SessionId)),
            ],
            Done = done switch
            {
                "approved" => "The order is approved. A worker fulfills it.",
                "rejected" => "The order is rejected. It is never fulfilled.",
                _ => null,
            },
        });
    }

    private static async Task<IResult> DecideAsync(string id, bool approves, DecisionForm form, OperatorLedger ledger, OrderLedger orders, TimeProvider time)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return NotFound();
        }

        if (Reason.Join(form.Who, form.Why) is not { } reason)
        {
            return Decision(order, approves, time, Reason.Missing, form);
        }

        var unpaid = form.Unpaid && string.Equals(form.UnpaidWord?.Trim(), UnpaidWord, StringComparison.OrdinalIgnoreCase);
        return await ledger.DecideAsync(id, approves, reason, form.Hold, unpaid) switch
        {
            Orders.Transitions.Decision.Approved => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=approved"),
            Orders.Transitions.Decision.Rejected => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=rejected"),
            Orders.Transitions.Decision.OtherHold => Decision(order, approves, time, "The order has a newer hold. Read why it is held now, and decide again.", form),
            Orders.Transitions.Decision.Unpaid => Decision(
                order, approves, time, "The order is not paid. To fulfill it anyway, check the box and type “unpaid”.", form),
            Orders.Transitions.Decision.Unknown => NotFound(),
            _ => Decision(order, approves, time, "The order is not held any more, or somebody has decided about it.", form),
        };
    }

    private static RazorComponentResult<DecisionPage> Decision(Order order, bool approves, TimeProvider time, string? refusal = null, DecisionForm? form = null) =>
        new(new { Order = order, Explanation = OrderExplanation.Of(order, time.GetUtcNow()), Approves = approves, Refusal = refusal, Who = form?.Who, Why = form?.Why })
        {
            StatusCode = refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        };

    private static RazorComponentResult<MessagePage> NotFound() =>
        new(new { Title = "Order not found", Message = "Neither the ledger nor its archive has this order." }) { StatusCode = StatusCodes.Status404NotFound };

    /// <summary>A form that decides. <paramref name="Hold"/> is the hold that the page showed.</summary>
    internal sealed record DecisionForm(
        [FromForm(Name = "who")] string? Who,
        [FromForm(Name = "why")] string? Why,
        [FromForm(Name = "hold")] int? Hold,
        [FromForm(Name = "unpaid")] bool Unpaid = false,
        [FromForm(Name = "unpaid_word")] string? UnpaidWord = null);
}
