using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Acts on disputes as the buyer's bank would.</summary>
internal sealed class DisputeControls(SandboxStore store) : ObjectControls<Dispute>(store, "dispute")
{
    public override IReadOnlyList<string> Offered(Transaction transaction, Dispute entity) => entity.Status switch
    {
        "needs_response" => ["review", "win", "lose"],
        "under_review" => ["win", "lose"],
        "warning_needs_response" => ["review", "close", "escalate"],
        "warning_under_review" => ["close", "escalate"],
        _ => [],
    };

    public override object View(Transaction transaction, Dispute entity) => new DisputeView(
        entity.Id,
        entity.Status,
        AmountView.Of(entity.Amount, entity.Currency),
        entity.Reason,
        entity.ChargeId,
        entity.Created,
        Offered(transaction, entity));

    protected override void Apply(Transaction transaction, Dispute entity, string action)
    {
        switch (action)
        {
            case "review":
                Disputes.Review(transaction, entity);
                break;
            case "escalate":
                Disputes.Escalate(transaction, entity);
                break;
            case "lose":
                Disputes.Lose(transaction, entity);
                break;
            default:
                Disputes.Win(transaction, entity);
                break;
        }
    }

    protected override string StateOf(Dispute entity) => entity.Status;
}
