using System.Text.Json.Nodes;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>A list at Stripe whose objects are compared with the ledger.</summary>
internal interface IStripeList
{
    /// <summary>The list's name in Redis, telemetry and logs.</summary>
    string Name { get; }

    /// <summary>The list's path and its own parameters.</summary>
    string Path { get; }

    /// <summary>How long after its creation an object may change. A sweep reads again what may have changed since the sweep before.</summary>
    TimeSpan ChangesFor { get; }

    /// <summary>Whether the regular passes read what is new. Otherwise only sweeps read the list.</summary>
    bool ReadsNew => true;

    /// <summary>How old an object must be before it is compared.</summary>
    TimeSpan Margin => TimeSpan.Zero;

    /// <summary>Compares an object with the ledger.</summary>
    /// <returns>What is to be appended; null if the object is another integration's or the ledger knows it as it is.</returns>
    Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken);
}
