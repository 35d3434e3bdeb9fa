using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that find, list and explain orders, and decide about them.</summary>
internal static class OrderPagesEndpoints
{
    private const int MaxRenewals = 20;
    private const int MaxText = 200;

    public static void MapOrderPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/orders", (string? q, OrderFinder finder, LedgerStatistics statistics, CancellationToken cancellationToken) =>
            FindAsync(q, finder, statistics, isForm: false, cancellationToken));
        pages.MapGet("/handlers", async (HandlerLedger handlers, string? done) => new RazorComponentResult<HandlersPage>(new
        {
            Handlers = await handlers.ListAsync(),
            Done = done switch
            {
                "paused" => "The handler is paused. Orders that need it wait until an operator resumes it.",
                "resumed" => "The handler is resumed. The orders that wait for it are tried now.",
                _ => null,
            },
        }));
        pages.MapGet("/orders/{id}", ExplainAsync);
        foreach (var approves in new[] { true, false })
        {
            pages.MapGet(PathOf(approves), async (string id, OrderLedger orders, TimeProvider time) =>
                await orders.FindAsync(id) is { } order ? (IResult)Decision(order, approves, time) : NotFound());
        }
    }

    /// <summary>The search by a form: an e-mail address must not be in an address, which browsers and proxies keep.</summary>
    public static void MapFind(this IEndpointRouteBuilder pages) => pages.MapPost("/find", async (
        [FromForm] string? q, OrderFinder finder, LedgerStatistics statistics, CancellationToken cancellationToken) => q?.Contains('@', StringComparison.Ordinal) == true
        ? await FindAsync(q, finder, statistics, isForm: true, cancellationToken)
        : TypedResults.LocalRedirect("/orders?q=" + Uri.EscapeDataString(q ?? "")));

    public static void MapOrderActions(this IEndpointRouteBuilder actions)
    {
        foreach (var approves in new[] { true, false })
        {
            actions.MapPost(PathOf(approves), async (string id, [AsParameters] DecisionForm form, OperatorLedger ledger, OrderLedger orders, TimeProvider time) =>
                await DecideAsync(id, approves, form, ledger, orders, time));
        }
    }

    private static string PathOf(bool approves) => "/orders/{id}/" + (approves ? "approve" : "reject");

    private static async Task<IResult> FindAsync(string? q, OrderFinder finder, LedgerStatistics statistics, bool isForm, CancellationToken cancellationToken)
    {
        var text = q?.Trim() ?? "";
        if (text.Length is 0 or > MaxText)
        {
            return new RazorComponentResult<FindPage>(new { Figures = await statistics.ReadAsync() });
        }

        var isAddress = text.Contains('@', StringComparison.Ordinal);
        if (isAddress && !isForm)
        {
            return new RazorComponentResult<FindPage>(new { HasSearched = true, Note = "An e-mail address is searched with the form only, so that it is kept in no log." });
        }

        var found = await finder.FindAsync(text, cancellationToken);
        return found.Orders is [var single] && found.IsComplete
            ? TypedResults.LocalRedirect("/orders/" + Uri.EscapeDataString(single.SessionId))
            : new RazorComponentResult<FindPage>(new { Query = isAddress ? "" : text, HasSearched = true, Found = found.Orders, found.IsComplete, found.Note });
    }

    private static async Task<IResult> ExplainAsync(string id, string? done, [AsParameters] Sources from)
    {
        if (await from.Explainer.FindAsync(id) is not { } explained)
        {
            return NotFound();
        }

        var (order, explanation, letter) = (explained.Order, explained.Explanation, explained.DeadLetter);
        var first = order.Subscription is { } subscription ? await from.Index.FindSessionAsync(subscription) ?? order.SessionId : order.SessionId;
        var related = order.Subscription is null ? [] : await from.Renewals.ListAsync(first, MaxRenewals);
        return new RazorComponentResult<OrderPage>(new
        {
            Explained = explained,
            Actions = ActionsOf(order, explanation, letter),
            Trace = from.Traces.Value.AddressOf(order.SessionId, explained.TraceId),
            Links = StripeLinks.Of(order, from.Mode.Mode),
            Related = (IReadOnlyList<PageLink>)
            [
                .. first == order.SessionId ? Array.Empty<PageLink>() : [new PageLink("The first order", "/orders/" + first)],
                .. related.Where(renewal => renewal.SessionId != order.SessionId).Select(renewal => new PageLink($"Renewal {renewal.Number}", "/orders/" + renewal.SessionId)),
            ],
            Done = done switch
            {
                "approved" => "The order is approved. A worker fulfills it.",
                "rejected" => "The order is rejected. It is never fulfilled.",
                "retried" => "A worker tries the order now.",
                "reread" => "A worker compares the order with Stripe. What it finds is in the timeline within seconds: load this page again.",
                "refunded" => "Stripe has made the refund. It appears here when Stripe's event arrives, usually within seconds.",
                _ => null,
            },
        });
    }

    /// <summary>What an operator can safely do about an order now.</summary>
    private static IReadOnlyList<PageLink> ActionsOf(Order order, Explanation explanation, DeadLetter? letter)
    {
        var path = "/orders/" + order.SessionId;
        var waits = order.Fulfillment is OrderFulfillment.Ready
            || (order.Fulfillment is OrderFulfillment.Claimed && letter is null && explanation.Title is not "Waiting for a handler");
        return
        [
            .. order.Fulfillment is OrderFulfillment.Held ? (PageLink[])[new("Approve…", path + "/approve"), new("Reject…", path + "/reject")] : [],
            .. letter is not null ? (PageLink[])[new("Redrive…", DeadLettersPage.PathOf(letter) + "/redrive"), new("Dismiss…", DeadLettersPage.PathOf(letter) + "/dismiss")] : [],
            .. waits ? (PageLink[])[new("Try now…", path + "/retry")] : [],
            .. OrderRefunds.LeftOf(order) > 0 ? (PageLink[])[new("Refund…", path + "/refund")] : [],
            new("Compare with Stripe…", path + "/reread"),
        ];
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

        var doubt = approves ? ApprovalDoubt.Of(order) : null;
        if (doubt is not null && !(form.Unpaid && string.Equals(form.UnpaidWord?.Trim(), doubt.Word, StringComparison.OrdinalIgnoreCase)))
        {
            return Decision(order, approves, time, $"{doubt.Sentence} To fulfill the order anyway, check the box and type “{doubt.Word}”.", form);
        }

        return await ledger.DecideAsync(id, approves, reason, form.Hold ?? order.Hold, unpaid: doubt?.Word == ApprovalDoubt.Unpaid) switch
        {
            Orders.Transitions.Decision.Approved => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=approved"),
            Orders.Transitions.Decision.Rejected => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=rejected"),
            Orders.Transitions.Decision.OtherHold => Decision(order, approves, time, "The order has a newer hold. Read why it is held now, and decide again.", form),
            Orders.Transitions.Decision.Unpaid => Decision(order, approves, time, "The order is not paid any more. Read why it is held now, and decide again.", form),
            Orders.Transitions.Decision.Unknown => NotFound(),
            _ => Decision(order, approves, time, "The order is not held any more, or somebody has decided about it.", form),
        };
    }

    private static RazorComponentResult<DecisionPage> Decision(Order order, bool approves, TimeProvider time, string? refusal = null, DecisionForm? form = null) =>
        new(new { Order = order, Explanation = OrderExplanation.Of(order, time.GetUtcNow()), Approves = approves, Refusal = refusal, Who = form?.Who, Why = form?.Why })
        {
            StatusCode = refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        };

    /// <summary>The page of an order that does not exist.</summary>
    public static RazorComponentResult<MessagePage> NotFound() => Message("Order not found", "Neither the ledger nor its archive has this order.");

    /// <summary>A page that says that something does not exist.</summary>
    public static RazorComponentResult<MessagePage> Message(string title, string message) =>
        new(new { Title = title, Message = message }) { StatusCode = StatusCodes.Status404NotFound };

    /// <summary>The page for a filter with a value that cannot be read.</summary>
    public static RazorComponentResult<MessagePage> Unreadable(string problem) =>
        new(new { Title = "The filter cannot be read", Message = problem }) { StatusCode = StatusCodes.Status400BadRequest };

    /// <summary>A form that decides. <paramref name="Hold"/> is the hold that the page showed.</summary>
    internal sealed record DecisionForm(
        [FromForm(Name = "who")] string? Who,
        [FromForm(Name = "why")] string? Why,
        [FromForm(Name = "hold")] int? Hold,
        [FromForm(Name = "unpaid")] bool Unpaid = false,
        [FromForm(Name = "unpaid_word")] string? UnpaidWord = null);

    /// <summary>What an order's page is made from.</summary>
    internal sealed record Sources(
        OrderExplainer Explainer, SubscriptionRenewals Renewals, WitnessOutbox Index, LedgerMode Mode, IOptions<TraceOptions> Traces);
}
