using CheckoutAspire.Operations.Repair;

namespace CheckoutAspire.Operations.Api;

/// <summary>Refunds by the operators' API.</summary>
internal static class RefundEndpoints
{
    private const int MaxKey = 200;

    public static void MapRefunds(this IEndpointRouteBuilder ops) => ops.MapPost("/orders/{id}/refund", RefundAsync);

    private static async Task<IResult> RefundAsync(string id, RefundBody body, OrderRefunds refunds)
    {
        if (body is not { IdempotencyKey.Length: > 0 and <= MaxKey, Amount: null or > 0 } || (body.Reason is { } given && !OrderRefunds.Reasons.Contains(given)))
        {
            return OpsEndpoints.Problem(
                400,
                "invalid_refund",
                "The body must be {\"idempotency_key\": \"…\", \"why\": \"…\", \"amount\": 500, \"reason\": \"requested_by_customer\"}. The key has at most 200 characters; amount, "
                + "in the currency's smallest unit, and reason may be absent. The reasons are duplicate, fraudulent and requested_by_customer.");
        }

        if (body.Why is not { Length: > 0 and <= 500 } why)
        {
            return OpsEndpoints.Problem(400, "reason_missing", "Say who refunds and why: {\"why\": \"…\"}, at most 500 characters. It goes into the journal.");
        }

        var result = await refunds.RefundAsync(id, new OperatorRefund(body.IdempotencyKey, body.Amount, body.Reason, why));
        return result switch
        {
            { Made: { } made } => TypedResults.Ok(new Refunded(id, made.Id, made.Status, made.Amount, made.Currency, made.Reason, result.IsReplayed)),
            { Outcome: RefundOutcome.NotFound } => OpsEndpoints.Problem(404, "not_found", result.Detail),
            { Outcome: RefundOutcome.Conflict } => OpsEndpoints.Problem(409, "idempotency_conflict", result.Detail),
            { Outcome: RefundOutcome.InFlight } => OpsEndpoints.Problem(409, "idempotency_in_flight", result.Detail),
            { Outcome: RefundOutcome.Unreachable } => OpsEndpoints.Problem(502, "stripe_unreachable", result.Detail),
            _ => OpsEndpoints.Problem(409, "not_refundable", result.Detail),
        };
    }

    internal sealed record RefundBody(string? IdempotencyKey, string? Why = null, long? Amount = null, string? Reason = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Why = Journaling.Sign(name, Why) };
    }

    internal sealed record Refunded(string Id, string RefundId, string Status, long Amount, string Currency, string? Reason, bool Replayed);
}
