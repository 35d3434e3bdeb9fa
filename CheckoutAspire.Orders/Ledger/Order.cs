using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>What was sold, recorded when the session is created. Verified events are compared with it.</summary>
public sealed record NewOrder
{
    /// <summary>The Checkout Session's id, <c>cs_…</c>.</summary>
    public required string SessionId { get; init; }

    /// <summary>Our own reference, known before Stripe answered.</summary>
    public required string OrderRef { get; init; }

    /// <summary>Before discounts, tax and shipping, in minor units.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>The total that the buyer pays, as far as known, in minor units.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether real money moves.</summary>
    public required bool Livemode { get; init; }

    /// <summary>Stripe's session mode: <c>payment</c> or <c>subscription</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>When the session expires unpaid.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The hosted page.</summary>
    public required string CheckoutUrl { get; init; }

    /// <summary>The seller's product id, or empty.</summary>
    public string ProductId { get; init; } = "";

    /// <summary>What the buyer sees on the page.</summary>
    public string ProductName { get; init; } = "";

    /// <summary>The caller's own reference, or empty.</summary>
    public string ClientReferenceId { get; init; } = "";

    /// <summary>The owner: the digest that the index and the session's metadata have.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The owner's name, or empty.</summary>
    public string Principal { get; init; } = "";

    /// <summary>The caller's own id of the buyer, or empty.</summary>
    public string BuyerRef { get; init; } = "";

    /// <summary>The digest of the owner and <see cref="BuyerRef"/> by which the buyer's sessions are listed, or empty.</summary>
    public string Buyer { get; init; } = "";

    /// <summary>The id of this installation's own link of the hosted page, or empty.</summary>
    public string ShortLink { get; init; } = "";

    /// <summary>The lines of the sale.</summary>
    public IReadOnlyList<OrderLine> LineItems { get; init; } = [];

    /// <summary>Whether discounts, tax or shipping may change the total.</summary>
    public bool TotalVaries { get; init; }

    /// <summary>The language of the hosted page, for example <c>de</c> or <c>fr-CA</c>; empty if the page chooses it.</summary>
    public string Locale { get; init; } = "";

    /// <summary>The session that this one replaces, or empty.</summary>
    public string Replaces { get; init; } = "";
}

/// <summary>One step in an order's life.</summary>
/// <param name="At">When Redis committed it.</param>
/// <param name="What">A state's name, or the name of a fact such as <c>refunded</c>.</param>
/// <param name="Detail">Why, or empty.</param>
public sealed record TimelineEntry(DateTimeOffset At, string What, string Detail)
{
    /// <summary>Reads a line that <c>_ledger.lua</c> wrote: <c>1763884800123 needs_review amount_subtotal differs</c>.</summary>
    internal static TimelineEntry Parse(string line)
    {
        var parts = line.Split(' ', 3);
        return new TimelineEntry(
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture)),
            parts[1],
            parts.Length > 2 ? parts[2] : "");
    }
}

/// <summary>One call of a fulfillment handler.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Handler">The handler's name.</param>
/// <param name="Succeeded">Whether it succeeded.</param>
/// <param name="Took">How long it took.</param>
public sealed record HandlerAttempt(DateTimeOffset At, string Handler, bool Succeeded, TimeSpan Took)
{
    /// <summary>Reads a line that <c>_ledger.lua</c> wrote: <c>1763884800123 license_keys failed 420</c>.</summary>
    internal static HandlerAttempt Parse(string line)
    {
        var parts = line.Split(' ', 4);
        return new HandlerAttempt(
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture)),
            parts[1],
            parts[2] == "succeeded",
            TimeSpan.FromMilliseconds(long.Parse(parts[3], CultureInfo.InvariantCulture)));
    }
}

/// <summary>An order as the ledger has it.</summary>
public sealed record Order
{
    /// <summary>The Checkout Session's id.</summary>
    public required string SessionId { get; init; }

    /// <summary>The order's state.</summary>
    public required OrderState State { get; init; }

    /// <summary>Our own reference.</summary>
    public required string OrderRef { get; init; }

    /// <summary>The amount before discounts, tax and shipping, in minor units: of the payment once the order is paid, before that of the sale.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>The total that the buyer paid or has to pay, in minor units.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>Lower case ISO 4217 code of the amounts.</summary>
    public required string Currency { get; init; }

    /// <summary>The sale's amounts, if the payment differs from them.</summary>
    public required SoldAmount Sold { get; init; }

    /// <summary>The payment's status.</summary>
    public required OrderPayment Payment { get; init; }

    /// <summary>The fulfillment's status.</summary>
    public required OrderFulfillment Fulfillment { get; init; }

    /// <summary>The number of the last hold; 0 if the order was never held.</summary>
    public required int Hold { get; init; }

    /// <summary>The order's refunds, oldest first.</summary>
    public required IReadOnlyList<OrderReturn> Refunds { get; init; }

    /// <summary>The order's disputes and inquiries, oldest first.</summary>
    public required IReadOnlyList<OrderReturn> Disputes { get; init; }

    /// <summary>The refunded total in minor units, without failed refunds.</summary>
    public required long AmountRefunded { get; init; }

    /// <summary>The amount that open and lost disputes withhold, in minor units.</summary>
    public required long AmountDisputed { get; init; }

    /// <summary>Whether real money moves.</summary>
    public required bool Livemode { get; init; }

    /// <summary>Stripe's payment status as last proven: <c>paid</c>, <c>unpaid</c> or <c>no_payment_required</c>.</summary>
    public required string PaymentStatus { get; init; }

    /// <summary>The payment intent, once it is known.</summary>
    public string? PaymentIntent { get; init; }

    /// <summary>The subscription that the session started, once it is known.</summary>
    public string? Subscription { get; init; }

    /// <summary>The state of that subscription; null until a change of it is reported.</summary>
    public SubscriptionState? SubscriptionState { get; init; }

    /// <summary>Whether discounts, tax or shipping may change the total.</summary>
    public required bool TotalVaries { get; init; }

    /// <summary>Stripe's session mode, when this installation recorded it.</summary>
    public string? Mode { get; init; }

    /// <summary>When the unpaid session expires, if known.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The hosted page, if this installation recorded the sale.</summary>
    public string? CheckoutUrl { get; init; }

    /// <summary>The seller's product id, or empty.</summary>
    public required string ProductId { get; init; }

    /// <summary>What the buyer saw on the page, or empty.</summary>
    public required string ProductName { get; init; }

    /// <summary>The caller's own reference, or empty.</summary>
    public required string ClientReferenceId { get; init; }

    /// <summary>The owner as a digest; empty for an order that was recorded before orders had owners.</summary>
    public required string Owner { get; init; }

    /// <summary>The owner's name, if this installation recorded the sale.</summary>
    public string? Principal { get; init; }

    /// <summary>The caller's own id of the buyer, if it gave one.</summary>
    public string? BuyerRef { get; init; }

    /// <summary>The id of this installation's own link of the hosted page, if it has one.</summary>
    public string? ShortLink { get; init; }

    /// <summary>The language of the hosted page, if the sale set one.</summary>
    public string? Locale { get; init; }

    /// <summary>The session that this one replaces, if it does.</summary>
    public string? Replaces { get; init; }

    /// <summary>The session that replaces this one, which Stripe has expired by then.</summary>
    public string? ReplacedBy { get; init; }

    /// <summary>The lines of the sale, if this installation recorded it.</summary>
    public required IReadOnlyList<OrderLine> LineItems { get; init; }

    /// <summary>When the order was fulfilled.</summary>
    public DateTimeOffset? FulfilledAt { get; init; }

    /// <summary>How often the fulfillment was committed: 0 or 1.</summary>
    public required int Fulfillments { get; init; }

    /// <summary>Why the order needs review or its event was dead-lettered, in words for operators.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The causes of a hold, oldest first: <c>sale</c>, <c>origin</c>, <c>lost</c>, <c>handlers</c>, <c>refunds</c>, or the id of a dispute. Empty in earlier ledgers.
    /// </summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>The handlers that may have been called for this order so far; empty once it is fulfilled.</summary>
    public IReadOnlyList<string> Called { get; init; } = [];

    /// <summary>The handlers that are done, as far as the ledger noted each of them.</summary>
    public IReadOnlyList<string> Done { get; init; } = [];

    /// <summary>The calls of handlers, oldest first; a long history keeps the newest ones. Empty without handlers, and in earlier ledgers.</summary>
    public IReadOnlyList<HandlerAttempt> Attempts { get; init; } = [];

    /// <summary>Until when a worker holds the claim, or a retry waits; null when neither.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Every step, oldest first.</summary>
    public required IReadOnlyList<TimelineEntry> Timeline { get; init; }

    /// <summary>When the ledger recorded the payment; null while it is not paid.</summary>
    public DateTimeOffset? PaidAt => Payment is not OrderPayment.Paid || Timeline.Count == 0
        ? null
        : (Timeline.FirstOrDefault(step => step.What is "paid" or "claimed" or "fulfilled") ?? Timeline[^1]).At;

    /// <summary>The short number that people use (<see cref="OrderNumber"/>).</summary>
    public string Number => OrderNumber.Of(OrderRef, SessionId);

    /// <summary>The idempotency key of every external effect of this order's fulfillment.</summary>
    public string FulfillmentKey => "fulfill/" + SessionId;

    /// <summary>Reads an order in the current form, or in the form of ledgers before orders had four parts.</summary>
    internal static Order FromHash(string sessionId, HashEntry[] hash)
    {
        var fields = hash.ToDictionary(entry => (string)entry.Name!, entry => entry.Value, StringComparer.Ordinal);
        var stored = StoredState.Read(Text("state"), Text("payment"), Text("payment_status"), Text("decision"));
        TimelineEntry[] timeline = [.. Text("timeline").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TimelineEntry.Parse)];
        TimelineEntry[] fulfilled = [.. timeline.Where(step => step.What == "fulfilled")];
        var refunds = OrderReturn.Read("refund:", hash);
        var disputes = OrderReturn.Read("dispute:", hash);
        return new Order
        {
            SessionId = sessionId,
            State = stored.State,
            Payment = stored.Payment,
            Fulfillment = stored.Fulfillment,
            Hold = (int)Number("hold"),
            Sold = new SoldAmount(Number(OrderFields.AmountSubtotal), Number(OrderFields.AmountTotal), Text(OrderFields.Currency)),
            Refunds = refunds,
            Disputes = disputes,
            AmountRefunded = OrderReturn.SumRefunds(refunds, Number("refunded_amount")),

            // Earlier ledgers kept the largest disputed amount, without the dispute.
            AmountDisputed = disputes.Count == 0
                ? Number("disputed_amount")
                : disputes.Where(one => one.Effect is ReturnEffect.Counts).Sum(one => one.Amount),
            OrderRef = Text(OrderFields.OrderRef),
            AmountSubtotal = Paid("paid_subtotal", OrderFields.AmountSubtotal),
            AmountTotal = Paid("paid_total", OrderFields.AmountTotal),
            Currency = Optional("paid_currency") ?? Text(OrderFields.Currency),
            Livemode = Number(OrderFields.Livemode) == 1,
            PaymentStatus = PaymentStatusOf(stored.Payment, Text("payment_status")),
            PaymentIntent = Optional("payment_intent"),
            Subscription = Optional("subscription"),
            SubscriptionState = SubscriptionState.Read(Text("subscription_state")),
            TotalVaries = Number(OrderFields.TotalVaries) == 1,
            Mode = Optional(OrderFields.Mode),
            ExpiresAt = Number(OrderFields.ExpiresAt) is > 0 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
            CheckoutUrl = Optional(OrderFields.CheckoutUrl),
            ProductId = Text(OrderFields.ProductId),
            ProductName = Text(OrderFields.ProductName),
            ClientReferenceId = Text(OrderFields.ClientReferenceId),
            Owner = Text(OrderFields.Owner),
            Principal = Optional(OrderFields.Principal),
            BuyerRef = Optional(OrderFields.BuyerRef),
            ShortLink = Optional(OrderFields.ShortLink),
            Locale = Optional(OrderFields.Locale),
            Replaces = Optional(OrderFields.Replaces),
            ReplacedBy = Optional("replaced_by"),
            LineItems = OrderLineJson.Read(Text(OrderFields.LineItems)),

            // The field holds what a witness said, and in earlier ledgers the time of each fulfillment.
            FulfilledAt = Number("fulfilled_at") is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : fulfilled.LastOrDefault()?.At,
            Fulfillments = fulfilled.Length,
            Reason = Optional("reason"),
            Causes = [.. Text("causes").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(cause => cause.Split(' ')[0])],
            Called = Text("called").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Done = [.. fields.Keys.Where(name => name.StartsWith("done:", StringComparison.Ordinal)).Select(name => name["done:".Length..])],
            Attempts = [.. Text("attempts").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(HandlerAttempt.Parse)],
            LeaseUntil = Number("lease_until") is > 0 and var lease ? DateTimeOffset.FromUnixTimeMilliseconds(lease) : null,
            Timeline = timeline,
        };

        long Paid(string paid, string sold) => Number(fields.ContainsKey(paid) ? paid : sold);
        string Text(string name) => fields.TryGetValue(name, out var value) ? value.ToString() : "";
        string? Optional(string name) => Text(name) is { Length: > 0 } text ? text : null;
        long Number(string name) => fields.TryGetValue(name, out var value) && value.TryParse(out long number) ? number : 0;
    }

    /// <summary>The status that the ledger has, unless it is older than the payment.</summary>
    private static string PaymentStatusOf(OrderPayment payment, string stored) => (payment, stored) switch
    {
        (OrderPayment.Paid, not "no_payment_required") => "paid",
        (_, "") => "unpaid",
        _ => stored,
    };
}
