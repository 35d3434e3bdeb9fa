using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Delivers the events of each transaction to the webhook endpoints and to the listening Stripe CLIs.</summary>
internal interface IEventDelivery
{
    /// <summary>Schedules the deliveries that were still outstanding when the sandbox stopped.</summary>
    void Resume(SandboxStore store, DateTime now);

    /// <summary>Adds a delivery for each event and endpoint, as part of the transaction.</summary>
    void Address(Transaction transaction);

    /// <summary>Starts to deliver the events of a finished transaction.</summary>
    void Announce(IReadOnlyList<SandboxEvent> events);
}
