using System.Text.Json.Nodes;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Something at Stripe that the ledger may not know.</summary>
/// <param name="Type">The type of the event that would have reported it.</param>
/// <param name="Object">The object as Stripe's API returned it.</param>
internal sealed record Finding(string Type, JsonObject Object)
{
    /// <summary>The undelivered event itself, if that was found.</summary>
    public JsonObject? Event { get; init; }

    /// <summary>
    /// The object's state, if the ledger cannot determine whether it knows the object. An object that was appended in this state is not
    /// appended again within <see cref="RememberFor"/>. Null if the ledger can determine it.
    /// </summary>
    public string? State { get; init; }

    /// <summary>How long <see cref="State"/> is remembered.</summary>
    public TimeSpan RememberFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The id of what was found.</summary>
    public string Id => (Event ?? Object).Text("id") ?? "";
}
