namespace CheckoutAspire.Worker.Events;

/// <summary>Reads Stripe's times: Unix seconds.</summary>
internal static class EventTime
{
    private static readonly long s_latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <exception cref="UnreadableEventException">The time is out of range.</exception>
    public static DateTimeOffset Read(long seconds) => seconds >= 0 && seconds <= s_latest
        ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new UnreadableEventException("A time of the event is out of range.");
}
