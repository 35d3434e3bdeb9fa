using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// The events that Stripe could not deliver (<see href="https://docs.stripe.com/webhooks/process-undelivered-events"/>). They are appended as
/// Stripe generated them.
/// </summary>
internal sealed class UndeliveredEventList(PaymentIntentOrigin origin, IOptions<StripeOptions> stripe, IOptions<WorkerOptions> options) : IStripeList
{
    private static readonly string s_path =
        "/v1/events?delivery_success=false" + string.Concat(HandledEvents.FromStripe.Select((type, at) => $"&types[{at}]={type}"));

    private readonly string _deployment = stripe.Value.Deployment;

    public string Name => "events";

    public string Path => s_path;

    /// <summary>An event does not change. The overlap of the passes covers one whose first delivery was under way.</summary>
    public TimeSpan ChangesFor => TimeSpan.FromHours(1);

    /// <summary>The first delivery of a younger event may be under way.</summary>
    public TimeSpan Margin => options.Value.ReconcileInterval < TimeSpan.FromMinutes(1) ? options.Value.ReconcileInterval : TimeSpan.FromMinutes(1);

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (item.Text("type") is not { } type || item.Text("account") is not null || item.Object("data")?.Object("object") is not { } subject
            || !await IsOursAsync(subject, cancellationToken))
        {
            return null;
        }

        // Stripe lists events for 30 days.
        return new Finding(type, subject) { Event = item, State = type, RememberFor = TimeSpan.FromDays(35) };
    }

    private async Task<bool> IsOursAsync(JsonObject subject, CancellationToken cancellationToken) => subject.Text("object") switch
    {
        "checkout.session" or "subscription" => subject.IsOurs(_deployment),
        "invoice" => subject.IsOurInvoice(_deployment),
        _ when subject.IsOurs(_deployment) => true,
        _ => subject.Reference("payment_intent") is { } intent
            && await origin.IsOursAsync(intent, subject.Object("payment_intent"), cancellationToken),
    };
}
