namespace CheckoutAspire.Operations.Explanations;

/// <summary>The names of the timeline's steps in words.</summary>
internal static class Steps
{
    /// <summary>What happened: <c>needs_review</c> is <c>Held for review</c>. A step without words of its own keeps its name.</summary>
    public static string InWords(string what) => what switch
    {
        "created" => "Sold",
        "awaiting_payment" => "Payment is processing",
        "paid" => "Paid",
        "claimed" => "Claimed by a worker",
        "postponed" => "Attempt failed",
        "given_up" => "Given up",
        "fulfilled" => "Fulfilled",
        "failed" => "Payment failed",
        "expired" => "Expired",
        "needs_review" => "Held for review",
        "released" => "Released",
        "approved" => "Approved by an operator",
        "rejected" => "Rejected by an operator",
        "replaced" => "Replaced by another checkout",
        "refunded" => "Refunded",
        "disputed" => "Disputed",
        "redriven" => "Put back into the stream by an operator",
        "dismissed" => "Its dead letter was dismissed by an operator",
        "retried" => "An attempt was asked for by an operator",
        "reread" => "A comparison with Stripe was asked for by an operator",
        "compared" => "Compared with Stripe",
        "refund_requested" => "A refund was asked for by an operator",
        "refund_rejected" => "The refund was rejected",
        "refund_failed" => "The refund failed",
        "buyer_forgotten" => "The buyer's data was deleted",
        "stock_counted_late" => "Paid after its reserved stock was given back",
        "unwitnessed" => "Not noted at Stripe",
        _ => what.Length == 0 ? "" : char.ToUpperInvariant(what[0]) + what[1..].Replace('_', ' '),
    };
}
