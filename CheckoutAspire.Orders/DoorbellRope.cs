using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>
/// Rings a partition's doorbell, with one message under way at a time: what is appended meanwhile is rung for together, when that has
/// arrived. A burst so costs hundreds of messages a second, not one for each event.
/// </summary>
internal sealed class DoorbellRope(IConnectionMultiplexer redis, RedisChannel doorbell)
{
    private int _pulls;

    /// <summary>Rings now or in a moment; does not wait, and never fails: the worker's poll makes up for a ring that is lost.</summary>
    public void Pull()
    {
        if (Interlocked.Increment(ref _pulls) == 1)
        {
            _ = RingAsync();
        }
    }

    private async Task RingAsync()
    {
        int answered;
        do
        {
            answered = Volatile.Read(ref _pulls);
            try
            {
                await redis.GetDatabase().PublishAsync(doorbell, RedisValue.EmptyString);
            }
            catch (Exception)
            {
                // Whatever it was, the ring is lost, and the next is rung all the same.
            }
        }
        while (Interlocked.Add(ref _pulls, -answered) > 0);
    }
}
