using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>What a page about an order shows, in any language.</summary>
/// <param name="State">The state that the page shows. When it changes, the page reloads.</param>
/// <param name="Tone">Style class: <c>done</c>, <c>wait</c> or <c>stop</c>.</param>
/// <param name="Title">Name of the heading's text.</param>
/// <param name="Message">Name of the text below it.</param>
internal sealed record OrderView(string State, string Tone, string Title, string Message)
{
    private const string Done = "done";
    private const string Wait = "wait";
    private const string Stop = "stop";

    /// <summary>For an id that is unknown, malformed or absent, without revealing which.</summary>
    public static readonly OrderView Unknown = Of("unknown", Stop);

    /// <summary>While the ledger is unreachable.</summary>
    public static readonly OrderView Unavailable = Of("unavailable", Wait) with { Refreshes = true, IsBusy = true };

    /// <summary>Whether the page's script polls for the next state.</summary>
    public bool Refreshes { get; init; }

    /// <summary>Whether the next state is a matter of seconds: the mark turns, and a browser without scripts reloads the page too.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether the buyer can still pay.</summary>
    public bool MayPay { get; init; }

    /// <summary>The success page.</summary>
    public static OrderView AfterPayment(Order order, DateTimeOffset now) => Of(
        order, now, Of("confirming", Wait) with { State = BuyerStatus.Open.Name(), Refreshes = true, IsBusy = true });

    /// <summary>The cancel page.</summary>
    public static OrderView AfterCancel(Order order, DateTimeOffset now) => Of(order, now, Of(BuyerStatus.Open.Name(), Stop) with { MayPay = true });

    private static OrderView Of(Order order, DateTimeOffset now, OrderView open)
    {
        var status = BuyerStatuses.Of(order, now);
        var name = status.Name();
        return status switch
        {
            BuyerStatus.Open => open,
            BuyerStatus.Paid => Of(name, Done, order.AmountTotal == 0 ? "paid_free" : name) with { Refreshes = true },
            BuyerStatus.Rejected => Of(name, Stop, order.Payment is OrderPayment.Paid ? name : "rejected_unpaid") with { Refreshes = true },
            BuyerStatus.Processing or BuyerStatus.InReview or BuyerStatus.Disputed => Of(name, Wait) with { Refreshes = true },
            BuyerStatus.Fulfilled or BuyerStatus.PartlyRefunded or BuyerStatus.Refunded or BuyerStatus.Returned => Of(name, Done),
            _ => Of(name, Stop),
        };
    }

    private static OrderView Of(string state, string tone, string? message = null) => new(state, tone, "title." + state, "message." + (message ?? state));
}
