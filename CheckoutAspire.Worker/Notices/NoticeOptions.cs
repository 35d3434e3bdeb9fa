using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker.Notices;

/// <summary>The notices that the merchant's endpoint receives in addition to <c>order.paid</c>: <c>FULFILLMENT_EVENTS</c>.</summary>
internal sealed class NoticeOptions : IReadOptions
{
    private const string All = "all";

    private static readonly TimeSpan s_clocksDiffer = TimeSpan.FromSeconds(10);

    /// <summary>The journal's steps, and the types of their notices. Two steps can have another type, which depends on the order.</summary>
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["refunded"] = NoticeTypes.OrderRefunded,
        ["refund_failed"] = NoticeTypes.OrderRefundFailed,
        ["disputed"] = NoticeTypes.OrderDisputed,
        ["inquiry"] = NoticeTypes.OrderDisputed,
        ["dispute_won"] = NoticeTypes.OrderDisputeClosed,
        ["dispute_lost"] = NoticeTypes.OrderDisputeClosed,
        ["dispute_closed"] = NoticeTypes.OrderDisputeClosed,
        ["failed"] = NoticeTypes.OrderPaymentFailed,
        ["expired"] = NoticeTypes.OrderExpired,
        ["needs_review"] = NoticeTypes.OrderNeedsReview,
        ["released"] = NoticeTypes.OrderReleased,
        ["approved"] = NoticeTypes.OrderDecided,
        ["rejected"] = NoticeTypes.OrderDecided,
        ["subscription_ended"] = NoticeTypes.SubscriptionEnded,
    };

    private static readonly string[] s_known = [NoticeTypes.OrderPaid, .. s_types.Values.Distinct(StringComparer.Ordinal), NoticeTypes.OrderCanceled, NoticeTypes.SubscriptionPaymentFailed];

    private HashSet<string> _wanted = [];

    /// <summary>The journal's steps that lead to a notice; empty if the merchant wants <c>order.paid</c> only.</summary>
    public IReadOnlyList<string> Steps { get; private set; } = [];

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <summary>The type of the notice about a step; null if the merchant does not want it.</summary>
    /// <param name="step">The step, as the journal has it.</param>
    /// <param name="at">When it was.</param>
    /// <param name="order">The order.</param>
    public string? TypeOf(string step, DateTimeOffset at, Order order) => (step switch
    {
        "failed" when order.SessionId.StartsWith("in_", StringComparison.Ordinal) => NoticeTypes.SubscriptionPaymentFailed,

        // A session that ends before its time was canceled: by the caller, or by the seller at Stripe.
        "expired" when at < order.ExpiresAt - s_clocksDiffer => NoticeTypes.OrderCanceled,
        _ => s_types.GetValueOrDefault(step),
    }) is { } type && _wanted.Contains(type) ? type : null;

    public void Read(IConfiguration configuration)
    {
        var names = (configuration["FULFILLMENT_EVENTS"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length > 0 && string.IsNullOrEmpty(configuration["FULFILLMENT_URL"]))
        {
            ConfigurationErrors = ["FULFILLMENT_EVENTS is set, but FULFILLMENT_URL is not: there is no endpoint that could receive the events."];
        }
        else if (names is not [All] && Array.Find(names, name => !s_known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            ConfigurationErrors = [$"FULFILLMENT_EVENTS has the unknown event '{unknown}': use 'all', or any of {string.Join(", ", s_known)}."];
        }
        else
        {
            _wanted = new HashSet<string>(names is [All] ? s_known : names, StringComparer.Ordinal);
            Steps = [.. s_types.Keys.Where(step => _wanted.Contains(s_types[step]) || _wanted.Contains(OtherTypeOf(step)))];
        }
    }

    private static string OtherTypeOf(string step) => step switch
    {
        "failed" => NoticeTypes.SubscriptionPaymentFailed,
        "expired" => NoticeTypes.OrderCanceled,
        _ => "",
    };
}
