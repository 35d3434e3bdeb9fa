using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Acts on refunds as the buyer's bank would.</summary>
internal sealed class RefundControls(SandboxStore store) : ObjectControls<Refund>(store, "refund")
{
    public override IReadOnlyList<string> Offered(Transaction transaction, Refund entity) => entity.Status switch
    {
        "pending" => ["succeed", "fail"],
        "succeeded" => ["fail"],
        _ => [],
    };

    public override object View(Transaction transaction, Refund entity) => new RefundView(
        entity.Id, entity.Status, AmountView.Of(entity.Amount, entity.Currency), entity.ChargeId, entity.Created, Offered(transaction, entity));

    protected override void Apply(Transaction transaction, Refund entity, string action)
    {
        if (action == "succeed")
        {
            Refunds.Succeed(transaction, entity);
        }
        else
        {
            Refunds.Fail(transaction, entity);
        }
    }

    protected override string StateOf(Refund entity) => entity.Status;
}
