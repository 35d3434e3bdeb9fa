using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The refunds, also those that failed later.</summary>
internal sealed class RefundList(PaymentIntentOrigin origin, ReconciliationIndex index) : ReturnList(origin, index)
{
    public override string Name => "refunds";

    public override string Path => "/v1/refunds?expand[]=data.payment_intent";

    /// <summary>A bank may return a refund weeks after it succeeded.</summary>
    public override TimeSpan ChangesFor => TimeSpan.FromDays(35);

    protected override string Kind => "refund";

    protected override string TypeOf(string? status) => status == "failed" ? HandledEvents.RefundFailed : HandledEvents.RefundUpdated;
}

/// <summary>The disputes and inquiries, open and closed.</summary>
internal sealed class DisputeList(PaymentIntentOrigin origin, ReconciliationIndex index) : ReturnList(origin, index)
{
    public override string Name => "disputes";

    public override string Path => "/v1/disputes?expand[]=data.payment_intent";

    /// <summary>A bank decides within 75 days of the evidence, which is due within 21 days.</summary>
    public override TimeSpan ChangesFor => TimeSpan.FromDays(120);

    protected override string Kind => "dispute";

    protected override string TypeOf(string? status) =>
        status is "won" or "lost" or "warning_closed" or "prevented" ? HandledEvents.DisputeClosed : HandledEvents.DisputeUpdated;
}

/// <summary>Objects about money that goes back. They have no metadata of ours; their payment intent has.</summary>
internal abstract class ReturnList(PaymentIntentOrigin origin, ReconciliationIndex index) : IStripeList
{
    public abstract string Name { get; }

    public abstract string Path { get; }

    public abstract TimeSpan ChangesFor { get; }

    /// <summary>The object's kind, as the ledger's fields name it.</summary>
    protected abstract string Kind { get; }

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (item.Text("id") is not { } id || item.Reference("payment_intent") is not { } intent)
        {
            return null;
        }

        var (status, amount) = (item.Text("status") ?? "", item.Number("amount"));
        if (await index.FindOrderAsync(intent) is { } order)
        {
            if (await index.IsReturnKnownAsync(order, Kind, id, status, amount))
            {
                return null;
            }
        }
        else if (!await origin.IsOursAsync(intent, item.Object("payment_intent"), cancellationToken))
        {
            return null;
        }

        return new Finding(TypeOf(status), item) { State = string.Create(CultureInfo.InvariantCulture, $"{status} {amount}") };
    }

    protected abstract string TypeOf(string? status);
}
