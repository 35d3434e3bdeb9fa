using CheckoutAspire.Operations.Access;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CheckoutAspire.Operations.Api;

/// <summary>
/// The operators' API: owed orders, orders that need review, dead letters, and decisions on them. Every decision is journaled.
/// </summary>
internal static class OpsEndpoints
{
    private const int PageSize = 100;
    private const int LargestPage = 1000;
    private const int MaxReason = 500;

    public static void MapOps(this IEndpointRouteBuilder endpoints)
    {
        var ops = endpoints.MapGroup("/ops").RequireAuthorization(Policies.Api).AddEndpointFilter(Journaling.SignAsync);
        ops.MapPost("/find", FindAsync);
        ops.MapList("/orders", OrderListKind.All);
        ops.MapList("/owed", OrderListKind.Owed);
        ops.MapList("/needs_review", OrderListKind.NeedsReview);
        ops.MapPost("/orders/{id}/retry", RetryAsync);
        ops.MapPost("/orders/{id}/reread", RereadAsync);
        ops.MapPost("/orders/{id}/approve", (string id, Approval approval, OrderLedger orders, OperatorLedger ledger) => ApproveAsync(id, approval, orders, ledger));
        ops.MapPost("/orders/{id}/reject", (string id, Why why, OperatorLedger ledger) => RejectAsync(id, why, ledger));
        ops.MapDeadLetters();
        ops.MapBuyers();
        ops.MapRefunds();
        ops.MapHandlers();
        ops.MapBulk();
        ops.MapStatus();
        ops.MapExplanations();
    }

    private static void MapList(this IEndpointRouteBuilder ops, string path, OrderListKind kind) => ops.MapGet(
        path,
        async ([AsParameters] OrderFilter filter, OrderLists lists, string? after, int? limit, string? format) =>
            filter.Problem is { } problem ? Problem(400, "invalid_filter", problem)
            : format == "csv" ? await lists.DownloadAsync(kind, filter)
            : TypedResults.Ok(ToListed(await lists.ReadAsync(kind, filter, after, SizeOf(limit)))));

    /// <summary>The search by a body: an e-mail address must not be in an address, which proxies keep.</summary>
    private static async Task<IResult> FindAsync(Search search, OrderFinder finder, CancellationToken cancellationToken)
    {
        if (search.Text?.Trim() is not { Length: > 0 and <= 200 } text)
        {
            return Problem(400, "text_missing", "The body must be {\"text\": \"…\"}, with at most 200 characters.");
        }

        var found = await finder.FindAsync(text, cancellationToken);
        return TypedResults.Ok(new FoundList(
            [.. found.Orders.Select(order => OwedOrder.From(order, order.Timeline.Count == 0 ? default : order.Timeline[0].At))], found.IsComplete, found.Note));
    }

    private static async Task<IResult> RetryAsync(string id, Why why, OperatorLedger ledger) => !why.IsGiven ? MissingReason() : await ledger.RetryAsync(id, why.Reason) switch
    {
        Retry.Retried => TypedResults.Ok(new Decided(id, "retried")),
        Retry.Unknown => Problem(404, "not_found", "The order does not exist."),
        Retry.Busy => Problem(409, "busy", "A worker has the order now."),
        Retry.GivenUp => Problem(409, "given_up", "The order was given up. Redrive its dead letter instead."),
        Retry.Paused => Problem(409, "handler_paused", "The order waits for a paused handler. Resume the handler instead."),
        _ => Problem(409, "not_waiting", "The order waits for no attempt."),
    };

    private static async Task<IResult> RereadAsync(string id, Why why, OrderLedger orders, OperatorLedger ledger)
    {
        if (!why.IsGiven)
        {
            return MissingReason();
        }

        if (await orders.FindAsync(id) is null)
        {
            return Problem(404, "not_found", "The order does not exist.");
        }

        await ledger.RereadAsync(id, why.Reason);
        return TypedResults.Accepted($"/ops/orders/{Uri.EscapeDataString(id)}", new Decided(id, "reread"));
    }

    /// <summary>How many items a page has.</summary>
    internal static int SizeOf(int? limit) => Math.Clamp(limit ?? PageSize, 1, LargestPage);

    private static Listed<OwedOrder> ToListed(Page<(Order Order, DateTimeOffset Since)> page) =>
        new([.. page.Items.Select(item => OwedOrder.From(item.Order, item.Since))], page.Next);

    /// <summary>Approves an order. What nothing proves is fulfilled only by a second call, which repeats the confirmation that the first one returned.</summary>
    private static async Task<IResult> ApproveAsync(string id, Approval approval, OrderLedger orders, OperatorLedger ledger)
    {
        if (approval.Reason is not { Length: > 0 and <= MaxReason } reason)
        {
            return MissingReason();
        }

        if (await orders.FindAsync(id) is not { } order)
        {
            return DecidedOn(id, Decision.Unknown);
        }

        var hold = approval.Hold ?? order.Hold;
        var doubt = order.Fulfillment is OrderFulfillment.Held ? ApprovalDoubt.Of(order) : null;
        return doubt is not null && hold == order.Hold && approval.Confirm?.Trim() != doubt.Confirmation
            ? Unconfirmed(doubt)

            // A hold that has begun since the order was read has another number.
            : DecidedOn(id, await ledger.DecideAsync(id, approve: true, reason, hold, unpaid: doubt?.Word == ApprovalDoubt.Unpaid));
    }

    private static async Task<IResult> RejectAsync(string id, Why why, OperatorLedger ledger) =>
        why.IsGiven ? DecidedOn(id, await ledger.DecideAsync(id, approve: false, why.Reason, why.Hold)) : MissingReason();

    private static IResult DecidedOn(string id, Decision decision) => decision switch
    {
        Decision.Approved => TypedResults.Ok(new Decided(id, "approved")),
        Decision.Rejected => TypedResults.Ok(new Decided(id, "rejected")),
        Decision.Unknown => Problem(404, "not_found", "The order does not exist."),
        Decision.OtherHold => Problem(409, "other_hold", "The order has a newer hold. Review it again, then name its current hold."),
        Decision.Unpaid => Problem(409, "unpaid", "The order is not paid any more. Review it again."),
        _ => Problem(409, "not_in_review", "The order is not held, or has been decided."),
    };

    private static ProblemHttpResult Unconfirmed(ApprovalDoubt doubt) => TypedResults.Problem(
        $"{doubt.Sentence} Approving fulfills the order all the same, and this cannot be undone. To do so, repeat the call with \"confirm\": \"{doubt.Confirmation}\".",
        statusCode: 409,
        extensions: [new("code", doubt.Word), new("confirm", doubt.Confirmation)]);

    internal static ProblemHttpResult MissingReason() =>
        Problem(400, "reason_missing", "Say who decides and why: {\"reason\": \"…\"}, at most 500 characters. It goes into the journal.");

    internal static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]);

    /// <summary>An approval. <paramref name="Confirm"/> repeats what the first call returned about an order that nothing proves.</summary>
    internal sealed record Approval(string? Reason, int? Hold = null, string? Confirm = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };
    }

    internal sealed record Why(string? Reason, int? Hold = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };

        [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Reason))]
        internal bool IsGiven => Reason is { Length: > 0 and <= MaxReason };
    }

    /// <summary>A page of a list; <c>next</c> is the <c>after</c> of the page that follows.</summary>
    internal sealed record Listed<T>(IReadOnlyList<T> Data, string? Next);

    internal sealed record Search(string? Text);

    internal sealed record FoundList(IReadOnlyList<OwedOrder> Data, bool IsComplete, string? Note);

    internal sealed record Decided(string Id, string Outcome);

    internal sealed record OwedOrder(
        string Id, string OrderNumber, string State, DateTimeOffset OwedSince, long AmountTotal, string Currency, string ProductId, string OrderRef, string? Reason, int Hold,
        string Payment, long AmountRefunded, long AmountDisputed, IReadOnlyList<string> Called, IReadOnlyList<string> Done)
    {
        public static OwedOrder From(Order order, DateTimeOffset since) => new(
            order.SessionId, order.Number, order.State.Name(), since, order.AmountTotal, order.Currency, order.ProductId, order.OrderRef, order.Reason, order.Hold,
            order.Payment.ToString().ToLowerInvariant(), order.AmountRefunded, order.AmountDisputed, order.Called, order.Done);
    }
}
