using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Our subscriptions that ended, are about to end, or are not paid.</summary>
internal sealed class SubscriptionList(ReconciliationIndex index, OrderLedger orders, IOptions<StripeOptions> stripe) : IStripeList
{
    private readonly string _deployment = stripe.Value.Deployment;

    public string Name => "subscriptions";

    public string Path => "/v1/subscriptions?status=all";

    /// <summary>A subscription may end years after it began. They are few compared with payments, so sweeps read them all.</summary>
    public TimeSpan ChangesFor => TimeSpan.FromDays(3660);

    public bool ReadsNew => false;

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (!item.IsOurs(_deployment) || item.Text("id") is not { } id)
        {
            return null;
        }

        var (status, ending) = (item.Text("status"), item.Flag("cancel_at_period_end"));
        var sale = await index.FindOrderAsync(id) is { } saleId ? await orders.FindAsync(saleId) : null;
        return IsKnown(sale?.SubscriptionState, status, ending)
            ? null
            : new Finding(
                status is "canceled" or "incomplete_expired" ? HandledEvents.SubscriptionDeleted : HandledEvents.SubscriptionUpdated, item)
            {
                State = ending ? status + " ending" : status,
                RememberFor = sale is null ? ChangesFor : TimeSpan.FromDays(1),
            };
    }

    /// <summary>A subscription without a recorded state is as it began.</summary>
    private static bool IsKnown(SubscriptionState? known, string? status, bool ending) => known is null
        ? status is "active" or "trialing" or "incomplete" && !ending
        : known.HasEnded || (known.Status == status && known.EndsWithPeriod == ending);
}
