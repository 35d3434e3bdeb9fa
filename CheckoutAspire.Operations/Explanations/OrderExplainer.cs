using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>What an order's page and the operators' API say about an order.</summary>
/// <param name="Order">The order.</param>
/// <param name="Explanation">Why it is where it is, and what happens next.</param>
/// <param name="Timeline">What happened, oldest first.</param>
/// <param name="DeadLetter">The dead letter about it, or null.</param>
/// <param name="TraceId">The trace of the tool call that sold, or null.</param>
public sealed record ExplainedOrder(Order Order, Explanation Explanation, IReadOnlyList<TimelineLine> Timeline, DeadLetter? DeadLetter, string? TraceId);

/// <summary>Gathers what explains an order: the ledger, the audit, the noted deliveries, the handlers and the dead letters.</summary>
internal sealed class OrderExplainer(OrderLedger orders, HandlerLedger handlers, DeadLetters dead, ToolCalls calls, EventDeliveries deliveries, TimeProvider time)
{
    /// <summary>An explained order, or null.</summary>
    public async Task<ExplainedOrder?> FindAsync(string id)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return null;
        }

        var (states, letter, asked, delivered) = (handlers.ListAsync(), dead.FindByObjectAsync(id), calls.ListAsync(order), deliveries.ListAsync(id));
        return new ExplainedOrder(
            order, OrderExplanation.Of(order, time.GetUtcNow(), await states), Explanations.Timeline.Of(order, await asked, await delivered), await letter,
            (await asked).Select(call => call.TraceId).FirstOrDefault(trace => trace is not null));
    }
}
