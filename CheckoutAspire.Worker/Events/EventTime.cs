using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.Worker.Events;

/// <summary>Reads Stripe's times: Unix seconds.</summary>
internal static class EventTime
{
    private static readonly long s_latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Marks an entry whose object was read from Stripe's API: no event says when it came about.</summary>
    public const string ReadPrefix = "reconciliation_";

    /// <summary>When the fact of an entry came about; null when it was read from a list at Stripe.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="created">When the event was generated, in Unix seconds; 0 when it does not say so.</param>
    /// <exception cref="UnreadableEventException">The time is out of range.</exception>
    public static DateTimeOffset? AsOf(EventEntry entry, long created) =>
        entry.Id.StartsWith(ReadPrefix) ? null : created == 0 ? entry.ReceivedAt : Read(created);

    /// <exception cref="UnreadableEventException">The time is out of range.</exception>
    public static DateTimeOffset Read(long seconds) => seconds >= 0 && seconds <= s_latest
        ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new UnreadableEventException("A time of the event is out of range.");
}
