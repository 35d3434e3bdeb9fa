using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Runs the handlers of a claimed order under its lease, and commits the fulfillment under its fence.</summary>
internal sealed partial class FulfillmentRunner(
    OrderTransitions transitions,
    HandlerPauses pauses,
    PaidOrderReader orders,
    LedgerHandlers handlers,
    IServiceScopeFactory scopes,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<FulfillmentRunner> logger)
{
    /// <summary>How long a handler that was canceled may take to notice.</summary>
    private static readonly TimeSpan s_noticesWithin = TimeSpan.FromSeconds(1);

    private readonly WorkerOptions _options = options.Value;

    /// <summary>The lease of a claim: zero without handlers, when the order is fulfilled at once.</summary>
    public TimeSpan Lease => handlers.Names.Count == 0 ? TimeSpan.Zero : _options.Lease;

    /// <summary>The handlers as the ledger knows them.</summary>
    /// <exception cref="InvalidOperationException">A handler's name cannot be stored, or two handlers have the same name.</exception>
    public static LedgerHandlers HandlersOf(IEnumerable<FulfillmentHandlerRegistration> handlers, string? replaces)
    {
        string[] names = [.. handlers.Select(handler => handler.Name)];
        if (Array.Find(names, name => name.Length is 0 or > 64 || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.')) is { } unfit)
        {
            throw new InvalidOperationException($"The fulfillment handler's name '{unfit}' must be 1 to 64 ASCII letters, digits, dots, dashes or underscores.");
        }

        return names.Distinct(StringComparer.Ordinal).Count() == names.Length
            ? new LedgerHandlers(names, replaces is { Length: > 0 } before ? LedgerHandlers.Read(before) : null)
            : throw new InvalidOperationException("Two fulfillment handlers have the same name.");
    }

    /// <summary>Runs what an earlier claim has not finished.</summary>
    /// <param name="fact">The fact that led to the claim.</param>
    /// <param name="entry">The entry that carried it.</param>
    /// <param name="body">The event in the entry.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="stopping">Signaled when handlers must end.</param>
    /// <exception cref="OperationCanceledException">The worker stops: the entry is released as it is.</exception>
    public async Task<Outcome> RunAsync(CheckoutFact fact, InFlightEntry entry, RedisValue body, Transition claim, CancellationToken stopping)
    {
        await using var lease = new ClaimLease(
            transitions, entry, fact.SessionId, claim.Fence, _options.Lease, time, logger, stopping);
        await using var services = new HandlerScope(scopes, logger);
        var claimed = (Id: fact.SessionId, claim.Fence);
        PaidOrder? order = null;
        var took = TimeSpan.Zero;

        // The claim has noted that the first of these is about to be called, and each one's completion notes the next.
        string[] left = [.. handlers.Names.Where(name => !claim.Done.Contains(name, StringComparer.Ordinal))];
        for (var i = 0; i < left.Length; i++)
        {
            var (name, next) = (left[i], i + 1 < left.Length ? left[i + 1] : null);
            var (mayCall, isProbe) = await pauses.AskAsync(name);
            if (!mayCall)
            {
                return await ParkAsync(claimed, entry, name);
            }

            try
            {
                order ??= await orders.ReadAsync(fact, entry, body, claim.Fence, lease.Held);
            }
            catch (OperationCanceledException) when (lease.Held.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                return Outcome.Stale;
            }

            if (isProbe && !await transitions.NoteCallAsync(claimed.Id, claimed.Fence, name))
            {
                return Outcome.Stale;
            }

            var began = time.GetTimestamp();
            try
            {
                await CallAsync(services, name, order, lease.Held);
            }
            catch (OperationCanceledException) when (lease.Held.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                return Outcome.Stale;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                return await FailAsync(claimed, entry, new HandlerCall(name, time.GetElapsedTime(began)), isProbe, exception);
            }

            took = time.GetElapsedTime(began);
            await pauses.SucceedAsync(name);
            if (next is not null && !await transitions.CompleteHandlerAsync(claimed.Id, claimed.Fence, name, _options.Lease, next, took))
            {
                return Outcome.Stale;
            }
        }

        return await transitions.FulfillAsync(claimed.Id, entry.Id, claimed.Fence, left.Length == 0 ? "" : left[^1], took);
    }

    private Task<Outcome> ParkAsync((string Id, long Fence) order, InFlightEntry entry, string handler, HandlerCall failed = default) => transitions.ParkAsync(
        entry.Partition, entry.Id, order.Id, order.Fence, entry.Attempts, $"It waits for the handler {handler}, which is paused.", failed);

    private async Task<Outcome> FailAsync((string Id, long Fence) order, InFlightEntry entry, HandlerCall call, bool isProbe, Exception exception)
    {
        var handler = call.Handler!;
        var failure = SignedEndpoint.Describe(exception);
        var reason = $"The handler {handler} failed ({failure}).";
        var retryAfter = SignedEndpoint.RetryAfter(exception);
        await pauses.FailAsync(handler, order.Id, reason, isProbe, _options.Capped(retryAfter));
        if (isProbe)
        {
            // The outage is not this order's fault: the probe is not an attempt, and the next one is made with another order.
            return await ParkAsync(order, entry, handler, call);
        }

        var attempt = entry.Attempts + 1;
        Log.HandlerFailed(logger, exception, handler, order.Id, failure, attempt, _options.MaxAttempts);
        var outcome = await transitions.ScheduleRetryAsync(
            entry.Partition, entry.Id, order.Id, order.Fence, attempt, _options.MaxAttempts, _options.DelayAfter(attempt, retryAfter), reason, call);
        if (outcome is Outcome.Dead)
        {
            Log.GivenUp(logger, order.Id, attempt, handler, failure);
        }

        return outcome;
    }

    /// <summary>Calls one handler. One that takes too long is canceled, and abandoned if it does not notice.</summary>
    /// <exception cref="TimeoutException">The handler takes too long.</exception>
    private async Task CallAsync(HandlerScope services, string handler, PaidOrder order, CancellationToken held)
    {
        using var span = WorkerTelemetry.StartHandler(handler, order.Id);
        using var limit = new CancellationTokenSource(_options.HandlerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(held, limit.Token);
        try
        {
            await services.CallAsync(handler, order, either.Token).WaitAsync(_options.HandlerTimeout + s_noticesWithin, time, held);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !held.IsCancellationRequested)
        {
            throw new TimeoutException("The handler takes too long.", exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The handler {Handler} failed for {OrderId} ({Failure}), attempt {Attempt} of {Allowed}.")]
        public static partial void HandlerFailed(
            ILogger logger, Exception exception, string handler, string orderId, string failure, int attempt, int allowed);

        [LoggerMessage(2, LogLevel.Error, "{OrderId} went to the dead letters after {Attempts} attempts: the handler {Handler} failed ({Failure}).")]
        public static partial void GivenUp(ILogger logger, string orderId, int attempts, string handler, string failure);
    }
}
