using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Runs the handlers of a claimed order under its lease, and commits the fulfillment under its fence.</summary>
internal sealed partial class FulfillmentRunner(
    OrderTransitions transitions,
    IEnumerable<IFulfillmentHandler> handlers,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<FulfillmentRunner> logger)
{
    private readonly IFulfillmentHandler[] _handlers = [.. handlers];
    private readonly WorkerOptions _options = options.Value;

    /// <summary>The lease of a claim: zero without handlers, when the order is fulfilled at once.</summary>
    public TimeSpan Lease => _handlers.Length == 0 ? TimeSpan.Zero : _options.Lease;

    /// <summary>Runs the handlers that an earlier claim has not finished.</summary>
    /// <exception cref="OperationCanceledException">The worker stops. The entry is released as it is.</exception>
    public async Task<Outcome> RunAsync(CheckoutFact fact, InFlightEntry entry, Transition claim, CancellationToken stopping)
    {
        await using var lease = new ClaimLease(
            transitions, entry, fact.SessionId, claim.Fence, _options.Lease, time, logger, stopping);
        try
        {
            return await RunHandlersAsync(PaidOrder.From(fact, claim.Fence), claim.Done, lease.Held)
                ? await transitions.FulfillAsync(fact.SessionId, entry.Id, claim.Fence)
                : Outcome.Stale;
        }
        catch (OperationCanceledException) when (lease.Held.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return Outcome.Stale;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested && exception is not (RedisException or RedisTimeoutException))
        {
            var attempt = entry.Attempts + 1;
            Log.HandlerFailed(logger, exception, fact.SessionId, attempt, _options.MaxAttempts);
            return await transitions.ScheduleRetryAsync(
                entry.Partition, entry.Id, fact.SessionId, claim.Fence, attempt, _options.MaxAttempts,
                _options.DelayAfter(attempt), $"A fulfillment handler failed ({exception.GetType().Name}).");
        }
    }

    private async Task<bool> RunHandlersAsync(PaidOrder order, IReadOnlyList<string> done, CancellationToken held)
    {
        foreach (var handler in _handlers.Where(handler => !done.Contains(handler.Name, StringComparer.Ordinal)))
        {
            using (WorkerTelemetry.StartHandler(handler.Name, order.Id))
            {
                await handler.FulfillAsync(order, held);
            }

            // The completion of the last handler is the fulfillment itself.
            if (handler != _handlers[^1]
                && !await transitions.CompleteHandlerAsync(order.Id, order.Fence, handler.Name, _options.Lease))
            {
                return false;
            }
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A fulfillment handler failed for {OrderId}, attempt {Attempt} of {Allowed}.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string orderId, int attempt, int allowed);
    }
}
