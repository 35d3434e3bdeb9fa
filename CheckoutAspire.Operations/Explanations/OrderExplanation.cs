using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Explains an order to operators. It depends on the order and the time only.</summary>
internal static class OrderExplanation
{
    private const string ClaimedSoon = "A worker claims it within seconds. If it stays here, no worker is running: look at the worker's /health.";

    /// <summary>Why the order is where it is, and what happens next.</summary>
    /// <param name="order">The order.</param>
    /// <param name="now">The time.</param>
    /// <param name="handlers">The fulfillment handlers, if they are known: an order may wait for one that is paused.</param>
    public static Explanation Of(Order order, DateTimeOffset now, IReadOnlyList<HandlerState>? handlers = null) => order.Fulfillment switch
    {
        OrderFulfillment.Held => Held(order),
        OrderFulfillment.Rejected => Rejected(order),
        OrderFulfillment.Fulfilled => Fulfilled(order),
        OrderFulfillment.Ready => new(
            Tone.Waiting, "Ready for fulfillment", "It was released or approved, and a worker has not claimed it yet.",
            ClaimedSoon),
        OrderFulfillment.Claimed => Claimed(order, now, handlers ?? []),
        _ => Unfulfilled(order, now),
    };

    /// <summary>A cause of a hold in words: <c>sale</c>, or the id of a dispute.</summary>
    public static string CauseInWords(string cause) => cause switch
    {
        "sale" => "The payment differs from the sale.",
        "origin" => "Nothing proves that this installation sold it.",
        "lost" => "The ledger was lost after it was sold, and Stripe has no note that it was fulfilled.",
        "handlers" => "A fulfillment handler that it was claimed with does not exist any more.",
        "refunds" => "It was refunded before it was fulfilled.",
        _ => $"It was disputed before it was fulfilled ({cause}).",
    };

    /// <summary>A time as the pages show it.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static Explanation Unfulfilled(Order order, DateTimeOffset now) => order.Payment switch
    {
        OrderPayment.Processing => new(
            Tone.Waiting, "Payment is processing", "The buyer completed the payment page with a payment that settles later, such as a bank debit.",
            "Stripe reports within a few days whether the payment succeeded. The order is then fulfilled, or the payment has failed."),
        OrderPayment.Failed => new(Tone.Done, "Payment failed", "Stripe reported that the payment failed.", "Nothing. If Stripe collects it after all, the order is fulfilled."),
        OrderPayment.Unpaid or OrderPayment.Expired when order.ReplacedBy is { } newer => new(
            Tone.Done, "Replaced", $"The buyer got another checkout in its place ({newer}), and Stripe has closed this payment page.",
            "Nothing. The buyer has paid nothing here, and pays the other checkout."),
        OrderPayment.Expired => new(Tone.Done, "Expired", "The payment page ended before the buyer paid.", "Nothing. The buyer has paid nothing."),
        OrderPayment.Paid => new(Tone.Waiting, "Paid", "The payment is recorded.", "A worker claims the order within seconds."),
        _ when order.ExpiresAt is { } expiry && expiry <= now => new(
            Tone.Waiting, "Not paid", $"The payment page ended at {Time(expiry)}, and Stripe has not reported the result yet.",
            "The worker reads the result from Stripe with its next reconciliation."),
        _ => new(
            Tone.Waiting, "Not paid yet", "The buyer has not completed the payment page.",
            order.ExpiresAt is { } end ? $"The page is open until {Time(end)}. After that the order expires." : "The order is fulfilled once it is paid."),
    };

    private static Explanation Claimed(Order order, DateTimeOffset now, IReadOnlyList<HandlerState> handlers)
    {
        // Other steps, such as refunds, may come in between.
        var last = order.Timeline.LastOrDefault(step => step.What is "claimed" or "postponed" or "given_up" or "redriven" or "retried" or "dismissed");
        return (last?.What, order.LeaseUntil) switch
        {
            ("redriven", null) => new(
                Tone.Waiting, "Redriven", $"An operator put its event back into the stream at {Time(last.At)}, and no worker has claimed it yet.", ClaimedSoon),
            ("retried", null) => new(Tone.Waiting, "Ready for an attempt", $"An operator asked for an attempt at {Time(last.At)}, and no worker has claimed it yet.", ClaimedSoon),
            ("given_up", null) => new(
                Tone.Action, "Given up", $"Every attempt to fulfill it has failed, the last one with: {order.Reason}",
                "Nothing, until an operator redrives its dead letter. Fix the cause first."),
            ("dismissed", null) => new(
                Tone.Action, "Given up", $"Its dead letter was dismissed at {Time(last.At)}, after the last attempt had failed with: {order.Reason}",
                "Nothing. It is paid and not fulfilled: try it now, or refund it."),
            (_, null) => Waiting(order, handlers),
            (_, { } lease) when lease <= now => new(
                Tone.Waiting, "Claimed", $"The claim of a worker ended at {Time(lease)} without a result.",
                "Another worker takes over within seconds. If it stays here, no worker is running: look at the worker's /health."),
            ("postponed", { } lease) => new(Tone.Waiting, "Waiting for a retry", $"The last attempt failed: {last.Detail}", $"The next attempt is due at {Time(lease)}."),
            (_, { } lease) => new(
                Tone.Waiting, "Being fulfilled", "A worker runs the fulfillment handlers.",
                $"It is fulfilled when all of them have succeeded. If the worker dies, another one takes over after {Time(lease)}."),
        };
    }

    /// <summary>The order is parked until a paused handler resumes.</summary>
    private static Explanation Waiting(Order order, IReadOnlyList<HandlerState> handlers)
    {
        var handler = handlers.FirstOrDefault(one => one.PausedAt is not null && order.Reason?.Contains($"handler {one.Name}", StringComparison.Ordinal) == true);
        return handler switch
        {
            { PausedBy: { } by } => new(
                Tone.Action, "Waiting for a handler", $"The handler {handler.Name} was paused by an operator at {Time(handler.PausedAt!.Value)}: {by}",
                "It is fulfilled when an operator resumes the handler."),
            { ProbeAt: { } probe } => new(
                Tone.Waiting, "Waiting for a handler", $"The handler {handler.Name} is paused since {Time(handler.PausedAt!.Value)}, because its calls failed.",
                $"It is fulfilled when a probe of the handler succeeds. The next one is due at {Time(probe)}."),
            _ => new(
                Tone.Waiting, "Waiting for a handler", order.Reason is { Length: > 0 } reason ? reason : "It waits for a fulfillment handler.",
                "It is fulfilled when the handler's next probe succeeds. The page of the handlers shows when that is due."),
        };
    }

    private static Explanation Fulfilled(Order order)
    {
        var fulfilled = order.FulfilledAt is { } at ? $"It was paid, and fulfilled at {Time(at)}." : "It was paid and fulfilled.";
        return order.AmountDisputed > 0
            ? new(
                Tone.Action, "Fulfilled and disputed", $"{fulfilled} The buyer's bank withholds {Amount.Write(order.AmountDisputed, order.Currency)} for a dispute.",
                "Answer the dispute in Stripe's Dashboard. What Stripe decides is recorded here.")
            : order.AmountRefunded > 0
            ? new(
                Tone.Done, order.AmountRefunded >= order.AmountTotal ? "Fulfilled and refunded" : "Fulfilled and partly refunded",
                $"{fulfilled} {Refunded(order)}", "Nothing. It is never fulfilled again.")
            : new(Tone.Done, "Fulfilled", fulfilled, "Nothing. It is never fulfilled again.");
    }

    private static Explanation Held(Order order)
    {
        var causes = order.Causes.Count > 0 ? string.Join(' ', order.Causes.Select(CauseInWords)) : "Something does not match the sale.";
        var mayEnd = order.Causes.Count > 0 && order.Causes.All(cause => cause == "refunds" || cause.StartsWith("du_", StringComparison.Ordinal));
        var unpaid = order.Payment is OrderPayment.Paid ? "" : " It is not paid.";
        return new(
            Tone.Action, "Held for review", $"{causes}{(order.Reason is { } reason ? $" The ledger noted: {reason}." : "")}{unpaid}",
            "Nothing, until an operator approves or rejects it" + (mayEnd ? ", or its cause ends by itself: the dispute is won, or the refund fails." : "."));
    }

    private static Explanation Rejected(Order order)
    {
        var left = order.Payment is OrderPayment.Paid ? order.AmountTotal - order.AmountRefunded : 0;
        return left > 0
            ? new(
                Tone.Action, "Rejected", $"An operator rejected it. {Refunded(order)}",
                $"It is never fulfilled. {Amount.Write(left, order.Currency)} of the buyer's money is still to be refunded.")
            : new(Tone.Done, "Rejected", $"An operator rejected it. {(order.Payment is OrderPayment.Paid ? Refunded(order) : "It was not paid.")}", "Nothing. It is never fulfilled.");
    }

    private static string Refunded(Order order) =>
        $"{Amount.Write(order.AmountRefunded, order.Currency)} of {Amount.Write(order.AmountTotal, order.Currency)} was refunded.";
}
