using CheckoutAspire.Fulfillment;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The services of one attempt at an order. They are disposed when the attempt ends, but never while an abandoned handler still uses them.</summary>
internal sealed partial class HandlerScope(IServiceScopeFactory scopes, ILogger logger) : IAsyncDisposable
{
    private readonly AsyncServiceScope _scope = scopes.CreateAsyncScope();
    private Task _running = Task.CompletedTask;

    /// <summary>Creates a handler and calls it, on a thread of the pool: one that blocks its thread does not block its caller, whose time limit ends the call.</summary>
    public Task CallAsync(string handler, PaidOrder order, CancellationToken cancellationToken) => _running = Task.Run(
        () => _scope.ServiceProvider.GetRequiredKeyedService<IFulfillmentHandler>(handler).FulfillAsync(order, cancellationToken), CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        if (!_running.IsCompleted)
        {
            _ = DisposeLaterAsync();
            return ValueTask.CompletedTask;
        }

        return new ValueTask(DisposeNowAsync());
    }

    private async Task DisposeLaterAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeNowAsync();
    }

    /// <summary>The order's fate is decided: what its services throw when they are disposed does not change it.</summary>
    private async Task DisposeNowAsync()
    {
        try
        {
            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            Log.NotDisposed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Warning, "The services of a fulfillment handler could not be disposed.")]
        public static partial void NotDisposed(ILogger logger, Exception exception);
    }
}
