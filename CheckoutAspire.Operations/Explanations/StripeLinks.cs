using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>A link.</summary>
/// <param name="Text">What it leads to.</param>
/// <param name="Address">Its address.</param>
public sealed record PageLink(string Text, string Address);

/// <summary>The pages about an order in Stripe's Dashboard. The sandbox has none.</summary>
internal static class StripeLinks
{
    public static IReadOnlyList<PageLink> Of(Order order, StripeMode mode)
    {
        if (mode is StripeMode.Sandbox)
        {
            return [];
        }

        var root = "https://dashboard.stripe.com/" + (mode is StripeMode.Test ? "test/" : "");
        (string Text, string Path, string? Id)[] pages =
        [
            ("Payment", "payments/", order.PaymentIntent),
            ("Subscription", "subscriptions/", order.Subscription),
            ("Invoice", "invoices/", order.SessionId.StartsWith("in_", StringComparison.Ordinal) ? order.SessionId : null),
            ("Search for the session", "search?query=", order.SessionId.StartsWith("cs_", StringComparison.Ordinal) ? order.SessionId : null),
        ];
        return [.. pages.Where(page => page.Id is not null).Select(page => new PageLink(page.Text, root + page.Path + Uri.EscapeDataString(page.Id!)))];
    }
}
