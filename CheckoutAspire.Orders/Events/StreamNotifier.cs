using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>
/// Notifies the workers that a partition's events stream has grown, with one message in flight at a time. Entries appended while a
/// notification is in flight are covered by the next one, so a burst costs hundreds of messages a second instead of one per event.
/// </summary>
internal sealed class StreamNotifier(IConnectionMultiplexer redis, RedisChannel signal)
{
    private int _requests;

    /// <summary>Notifies now or after the message in flight. It does not wait and never fails, because the worker's poll makes up for a lost message.</summary>
    public void Notify()
    {
        if (Interlocked.Increment(ref _requests) == 1)
        {
            _ = PublishAsync();
        }
    }

    private async Task PublishAsync()
    {
        int answered;
        do
        {
            answered = Volatile.Read(ref _requests);
            try
            {
                await redis.GetDatabase().PublishAsync(signal, RedisValue.EmptyString);
            }
            catch (Exception)
            {
                // The message is lost. The next one is sent regardless of the reason.
            }
        }
        while (Interlocked.Add(ref _requests, -answered) > 0);
    }
}
