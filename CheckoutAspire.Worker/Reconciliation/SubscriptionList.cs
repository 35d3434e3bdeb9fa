using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Our subscriptions that ended, are about to end, or are not paid.</summary>
internal sealed class SubscriptionList(ReconciliationIndex index, IOptions<StripeOptions> stripe) : IStripeList
{
    private readonly string _deployment = stripe.Value.Deployment;

    public string Name => "subscriptions";

    public string Path => "/v1/subscriptions?status=all";

    /// <summary>A subscription may end years after it began. There is one for many payments, so that sweeps read them all.</summary>
    public TimeSpan ChangesFor => TimeSpan.FromDays(3660);

    public bool ReadsNew => false;

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (!item.IsOurs(_deployment) || item.Text("id") is not { } id)
        {
            return null;
        }

        var status = item.Text("status");
        var ending = item.Flag("cancel_at_period_end");

        // One that is as it began is news only if it was appended in another state before.
        return status is "active" or "trialing" or "incomplete" && !ending && await index.FindAppendedAsync(id) is null
            ? null
            : new Finding(status is "canceled" or "incomplete_expired" ? FactTypes.SubscriptionDeleted : FactTypes.SubscriptionUpdated, item)
            {
                State = ending ? status + " ending" : status,
                RememberFor = ChangesFor,
            };
    }
}
