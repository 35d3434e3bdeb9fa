using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Collects the content of the control page.</summary>
internal sealed class ControlPage(
    SandboxStore store,
    SessionControls sessions,
    SubscriptionControls subscriptions,
    RefundControls refunds,
    DisputeControls disputes)
{
    private const int Shown = 50;

    public ControlState State() => store.Transact(null, transaction => new ControlState(
        Views<Session>(transaction, sessions),
        Views<Subscription>(transaction, subscriptions),
        Views<Refund>(transaction, refunds),
        Views<Dispute>(transaction, disputes),
        [.. transaction.NewestFirst<SandboxEvent>().Take(Shown).Select(EventView.Of)],
        [.. transaction.NewestFirst<Delivery>().Take(Shown).Select(delivery => DeliveryView.Of(transaction, delivery))],
        [.. store.Faults.List().Select(FaultView.Of)]));

    private static List<object> Views<T>(Transaction transaction, ObjectControls<T> controls)
        where T : class, IHasId => [.. transaction.NewestFirst<T>().Take(Shown).Select(entity => controls.View(transaction, entity))];
}
