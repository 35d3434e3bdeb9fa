using System.Collections.Concurrent;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Runs each partition's consumer loop, starts it again when it fails, and reports a failed loop as unhealthy until it has completed
/// a round again.
/// </summary>
internal sealed partial class ConsumerSupervisor(TimeProvider time, ILogger<ConsumerSupervisor> logger) : IHealthCheck
{
    internal static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, string> _failures = new();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_failures.IsEmpty
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The consumer failed and is being restarted: " + string.Join(
                "; ", _failures.OrderBy(failure => failure.Key).Select(failure => $"partition {failure.Key} ({failure.Value})")) + "."));

    /// <summary>Runs a loop until the worker stops.</summary>
    /// <param name="partition">The partition that the loop consumes.</param>
    /// <param name="runAsync">The loop; it calls its first argument after each completed round.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    public async Task RunAsync(LedgerPartition partition, Func<Action, CancellationToken, Task> runAsync, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await runAsync(() => _failures.TryRemove(partition.Number, out _), stopping);
                return;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                _failures[partition.Number] = exception.GetType().Name;
                Log.Failed(logger, exception, partition.EventsName);
                await Task.Delay(RestartDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Consuming {Stream} failed; it is started again.")]
        public static partial void Failed(ILogger logger, Exception exception, string stream);
    }
}
