using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>A claim's lease: renewed until it is disposed, or lost to another worker.</summary>
internal sealed partial class ClaimLease : IAsyncDisposable
{
    private readonly CancellationTokenSource _held;
    private readonly Task _renewal;

    public ClaimLease(
        OrderTransitions transitions, InFlightEntry entry, string orderId, long fence, TimeSpan lease,
        TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        _held = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _renewal = RenewAsync(transitions, entry, orderId, fence, lease, time, logger);
    }

    /// <summary>Canceled when the worker stops, or the claim is lost.</summary>
    public CancellationToken Held => _held.Token;

    public async ValueTask DisposeAsync()
    {
        await _held.CancelAsync();
        await _renewal;
        _held.Dispose();
    }

    private async Task RenewAsync(
        OrderTransitions transitions, InFlightEntry entry, string orderId, long fence, TimeSpan lease, TimeProvider time, ILogger logger)
    {
        using var timer = new PeriodicTimer(lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_held.Token))
            {
                try
                {
                    if (!await transitions.RenewLeaseAsync(orderId, entry.Id, fence, entry.Consumer, lease))
                    {
                        Log.ClaimLost(logger, orderId, fence);
                        await _held.CancelAsync();
                    }
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    // The next tick tries again. If the lease expires, the fence decides at the commit.
                    Log.NotRenewed(logger, orderId, exception.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The handlers are done or must stop.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Warning, "Another worker has claimed {OrderId} (fence {Fence} is stale); this worker stops its handlers.")]
        public static partial void ClaimLost(ILogger logger, string orderId, long fence);

        [LoggerMessage(22, LogLevel.Warning, "The lease of {OrderId} could not be renewed ({Error}).")]
        public static partial void NotRenewed(ILogger logger, string orderId, string error);
    }
}
