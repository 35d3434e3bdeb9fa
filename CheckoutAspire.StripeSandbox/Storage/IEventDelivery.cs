using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Takes the events of each transaction to the webhook endpoints and to the Stripe CLIs that listen.</summary>
internal interface IEventDelivery
{
    /// <summary>Schedules the deliveries that were still outstanding when the sandbox stopped.</summary>
    void Resume(SandboxStore store, DateTime now);

    /// <summary>Adds a delivery for each event and endpoint, as part of the transaction.</summary>
    void Address(Transaction transaction);

    /// <summary>Starts delivering what a finished transaction recorded.</summary>
    void Announce(IReadOnlyList<SandboxEvent> events);
}
