using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// Pauses a handler that fails for one order after another, for all workers: orders are parked in Redis and cost nothing while they wait. One of them
/// at a time is a probe. The first call that succeeds resumes the handler, and what is parked returns. A handler that an operator has paused is not probed.
/// </summary>
internal sealed partial class HandlerPauses(
    HandlerLedger ledger,
    LedgerHandlers handlers,
    LedgerReadiness readiness,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<HandlerPauses> logger) : BackgroundService
{
    /// <summary>One order, or two, that always fail pause nothing.</summary>
    private const int LeastOrders = 3;

    private static readonly TimeSpan s_longestProbe = TimeSpan.FromMinutes(5);

    private readonly WorkerOptions _options = options.Value;
    private readonly PauseRule _rule = new(options.Value.PauseAfter, LeastOrders, options.Value.ProbeDelay, s_longestProbe);
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HandlerStates _states = new(handlers);

    /// <summary>Completes when the pauses that began before this worker are known. Before that it must not call a handler.</summary>
    public Task WhenReadAsync(CancellationToken cancellationToken) => _read.Task.WaitAsync(cancellationToken);

    /// <summary>How many parked entries may return to the stream now: none during a pause but a probe.</summary>
    public int ParkedToReturn(int all) => handlers.Paused.Length == 0 ? all : _states.IsProbeDue ? 1 : 0;

    /// <summary>Whether a handler may be called; a call of a paused one is then the probe.</summary>
    public async ValueTask<(bool MayCall, bool IsProbe)> AskAsync(string handler)
    {
        if (!IsPaused(handler))
        {
            return (true, false);
        }

        // The probe is taken until it must have ended.
        var isProbe = await ledger.TryProbeAsync(handler, _options.HandlerTimeout + _options.Lease);
        return (isProbe, isProbe);
    }

    /// <summary>Counts a failed call. A handler that pauses is not probed before the time that it has asked for.</summary>
    public async Task FailAsync(string handler, string orderId, string reason, bool isProbe, TimeSpan notBefore)
    {
        if (await ledger.FailAsync(handler, orderId, reason, _rule, isProbe, notBefore))
        {
            Log.Paused(logger, handler, _options.PauseAfter, orderId, reason);
            await ReadAsync();
        }
        else
        {
            _states.NoteFailure(handler);
        }
    }

    /// <summary>A call succeeded. Without failures before, this costs nothing.</summary>
    public async ValueTask SucceedAsync(string handler)
    {
        if (!_states.IsFailing(handler))
        {
            return;
        }

        if (await ledger.SucceedAsync(handler))
        {
            Log.Resumed(logger, handler);
        }

        await ReadAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(_options.PollInterval, time);
        do
        {
            try
            {
                await ReadAsync();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.NotRead(logger, exception.GetType().Name);
            }
        }
        while (handlers.Names.Count > 0 && await timer.WaitForNextTickAsync(stoppingToken));
    }

    private bool IsPaused(string handler) => handlers.Paused.Split(',').Contains(handler, StringComparer.Ordinal);

    private async Task ReadAsync()
    {
        var began = _states.BeginRead();
        _states.EndRead(began, await Task.WhenAll(handlers.Names.Select(async name =>
        {
            var (fails, isPaused, probe) = await ledger.ReadAsync(name);
            return (name, fails, isPaused, probe);
        })));
        _read.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The handler {Handler} is paused after {Failures} failures in a row, the last for {OrderId}: {Reason} Orders wait until a probe succeeds.")]
        public static partial void Paused(ILogger logger, string handler, int failures, string orderId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The handler {Handler} resumes: a probe succeeded, and the orders that wait are fulfilled now.")]
        public static partial void Resumed(ILogger logger, string handler);

        [LoggerMessage(3, LogLevel.Debug, "The handlers' state could not be read ({Error}).")]
        public static partial void NotRead(ILogger logger, string error);
    }
}
