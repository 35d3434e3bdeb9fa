using CheckoutAspire.Orders.Ledger;
using Stripe;

namespace CheckoutAspire.Worker.Events;

/// <summary>The part of a subscription that concerns the order which began it.</summary>
internal sealed record SubscriptionObject
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public bool CancelAtPeriodEnd { get; init; }

    public SubscriptionCancellation? CancellationDetails { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The fact that an event reports, or Stripe's API.</summary>
    /// <param name="asOf">When the event was generated, or when the object was read.</param>
    /// <param name="readFromStripe">Whether it was read from Stripe's API.</param>
    /// <exception cref="UnreadableEventException">The status or the reason is not of the documented type.</exception>
    public SubscriptionFact ToFact(DateTimeOffset asOf, bool readFromStripe) => new(
        new SubscriptionState(Word(Status), CancelAtPeriodEnd, asOf), Word(CancellationDetails?.Reason ?? "", allowEmpty: true), readFromStripe);

    /// <summary>The same of a subscription as Stripe's API gives it.</summary>
    public static SubscriptionObject From(Subscription subscription) => new()
    {
        Id = subscription.Id,
        Status = subscription.Status,
        CancelAtPeriodEnd = subscription.CancelAtPeriodEnd,
        CancellationDetails = new SubscriptionCancellation(subscription.CancellationDetails?.Reason),
    };

    /// <summary>The ledger separates values by spaces.</summary>
    private static string Word(string value, bool allowEmpty = false) =>
        (allowEmpty || value.Length > 0) && value.Length <= 100 && value.All(character => char.IsAsciiLetterLower(character) || character == '_')
            ? value
            : throw new UnreadableEventException("The status of the subscription is not of the documented type.");
}

/// <summary>Why a subscription ended: <c>cancellation_requested</c>, <c>payment_disputed</c> or <c>payment_failed</c>.</summary>
internal sealed record SubscriptionCancellation(string? Reason = null);
