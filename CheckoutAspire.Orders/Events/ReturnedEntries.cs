namespace CheckoutAspire.Orders.Events;

/// <summary>What a look at a partition's retries found.</summary>
/// <param name="Returned">How many entries were put back into the stream.</param>
/// <param name="Next">How long until the next is due; null when none waits.</param>
/// <param name="Parked">How many are still parked.</param>
/// <param name="ClockSetBack">By how much the server's clock was set back since an earlier look; zero normally.</param>
public readonly record struct ReturnedEntries(long Returned, TimeSpan? Next, long Parked, TimeSpan ClockSetBack);
