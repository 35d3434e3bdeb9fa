using CheckoutAspire.StripeSandbox.Billing;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Begins the next period of a subscription, collects its open invoice, or ends it.</summary>
internal sealed class SubscriptionControls(SandboxStore store) : ObjectControls<Subscription>(store, "subscription")
{
    public override IReadOnlyList<string> Offered(Transaction transaction, Subscription entity) =>
        !Renewals.CanRenew(entity) ? []
        : OpenInvoice(transaction, entity) is null ? ["bill", "decline", "cancel"]
        : ["bill", "decline", "collect", "cancel"];

    public override object View(Transaction transaction, Subscription entity) => new SubscriptionView(
        entity.Id, entity.Status, entity.Items.Data[0].CurrentPeriodEnd, entity.LatestInvoiceId, Offered(transaction, entity));

    protected override void Apply(Transaction transaction, Subscription entity, string action)
    {
        switch (action)
        {
            case "cancel":
                Cancellation.End(transaction, entity);
                break;
            case "collect":
                InvoiceCollection.Retry(transaction, OpenInvoice(transaction, entity)!, other: null);
                break;
            default:
                Renewals.Renew(transaction, entity, new RenewalOptions { Declined = action == "decline" });
                break;
        }
    }

    protected override string StateOf(Subscription entity) => entity.Status;

    private static Invoice? OpenInvoice(Transaction transaction, Subscription subscription) =>
        transaction.TryFind<Invoice>(subscription.LatestInvoiceId, out var invoice) && invoice.Status == "open" ? invoice : null;
}
