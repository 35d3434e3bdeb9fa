using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Api;

/// <summary>The explanation of an order, as its page has it.</summary>
internal static class ExplanationEndpoints
{
    public static void MapExplanations(this IEndpointRouteBuilder ops) => ops.MapGet("/orders/{id}/explanation", async (string id, OrderExplainer explainer) =>
        await explainer.FindAsync(id) is { } explained
            ? TypedResults.Ok(OrderAccount.From(explained))
            : (IResult)OpsEndpoints.Problem(404, "not_found", "The order does not exist."));

    /// <summary>An explained order. <c>doubt</c> is what an approval must confirm a second time; <c>dead_letter</c> is the path of the one to redrive.</summary>
    internal sealed record OrderAccount(
        string Id, string OrderNumber, string State, string Title, string Why, string Next, bool NeedsOperator, string? SoldBy, string? PricedBy, string Payment, string Fulfillment,
        int Hold, string? Doubt, long AmountTotal, long AmountRefunded, long AmountLeft, string Currency, string? DeadLetter, IReadOnlyList<TimelineLine> Timeline)
    {
        public static OrderAccount From(ExplainedOrder explained)
        {
            var (order, explanation) = (explained.Order, explained.Explanation);
            return new OrderAccount(
                order.SessionId, order.Number, order.State.Name(), explanation.Title, explanation.Why, explanation.Next, explanation.Tone is Tone.Action, order.Principal,
                Pricing.Of(order), order.Payment.ToString().ToLowerInvariant(), order.Fulfillment.ToString().ToLowerInvariant(), order.Hold,
                order.Fulfillment is OrderFulfillment.Held ? ApprovalDoubt.Of(order)?.Sentence : null, order.AmountTotal, order.AmountRefunded, OrderRefunds.LeftOf(order),
                order.Currency, explained.DeadLetter is { } letter ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/ops/dead/{letter.Partition}/{letter.Id}") : null,
                explained.Timeline);
        }
    }
}
