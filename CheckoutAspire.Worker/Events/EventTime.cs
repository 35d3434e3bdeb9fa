using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.Worker.Events;

/// <summary>Reads Stripe's times: Unix seconds.</summary>
internal static class EventTime
{
    private static readonly long s_latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Marks an entry whose object was read from Stripe's API, so that no event states when it occurred.</summary>
    public const string ReadPrefix = "reconciliation_";

    /// <summary>When the fact of an entry occurred; null if it was read from a list at Stripe.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="created">When the event was generated, in Unix seconds; 0 if it has no time.</param>
    /// <exception cref="UnreadableEventException">The time is out of range.</exception>
    public static DateTimeOffset? AsOf(EventEntry entry, long created) =>
        entry.Id.StartsWith(ReadPrefix) ? null : created == 0 ? entry.ReceivedAt : Read(created);

    /// <exception cref="UnreadableEventException">The time is out of range.</exception>
    public static DateTimeOffset Read(long seconds) => seconds >= 0 && seconds <= s_latest
        ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new UnreadableEventException("A time of the event is out of range.");
}
