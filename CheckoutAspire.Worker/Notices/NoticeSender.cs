using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Worker.Consuming;
using CheckoutAspire.Worker.Fulfillment;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Notices;

/// <summary>
/// Sends the merchant notices of what happens to orders besides their payment. Each look moves a partition's cursor in the journal on, and sends what is
/// due: in the order of the journal for each order, at least once, under a stable <c>webhook-id</c>, with the handlers' attempts and delays.
/// </summary>
internal sealed partial class NoticeSender(
    NoticeQueue queue,
    OrderLedger orders,
    MerchantEndpoint endpoint,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    IOptions<NoticeOptions> notices,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<NoticeSender> logger) : BackgroundService
{
    private const int AtOnce = 16;

    /// <summary>Partitions that one look covers. With more of them, looks take turns.</summary>
    private const int LookedAt = 16;

    /// <summary>Stripe reports the refunded amount of a charge and the refund by two events. The notice waits so long for the second.</summary>
    private static readonly TimeSpan s_refundWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_refundDelay = TimeSpan.FromSeconds(2);

    private readonly WorkerOptions _options = options.Value;
    private readonly Signal _finished = new();
    private int _turn;
    private int _running;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (notices.Value.Steps.Count == 0)
        {
            return;
        }

        await ledger.WhenVerifiedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = 0;
            try
            {
                began = await LookAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Log.Interrupted(logger, RedisRefusal.Describe(exception));
            }

            if (began == 0)
            {
                await _finished.WaitAsync(_options.PollInterval, stoppingToken);
            }
        }

        while (Volatile.Read(ref _running) > 0)
        {
            await _finished.WaitAsync(_options.PollInterval, CancellationToken.None);
        }
    }

    /// <returns>How many notices were begun.</returns>
    private async Task<int> LookAsync(CancellationToken stoppingToken)
    {
        var began = 0;
        for (var i = 0; i < Math.Min(LookedAt, partitions.All.Count); i++)
        {
            var partition = partitions.All[_turn++ % partitions.All.Count];
            await queue.ReadJournalAsync(partition, notices.Value.Steps);
            if (AtOnce - Volatile.Read(ref _running) is > 0 and var free)
            {
                // An attempt ends within the handlers' time limit: by then it is settled, or its worker has died.
                foreach (var notice in await queue.TakeAsync(partition, free, _options.HandlerTimeout + _options.Lease))
                {
                    began++;
                    Interlocked.Increment(ref _running);
                    _ = SendThenSignalAsync(notice, stoppingToken);
                }
            }
        }

        return began;
    }

    private async Task SendThenSignalAsync(DueNotice notice, CancellationToken stoppingToken)
    {
        try
        {
            await SendAsync(notice, stoppingToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The notice is taken again.
            Log.Interrupted(logger, RedisRefusal.Describe(exception));
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, notice.OrderId);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _finished.Set();
        }
    }

    private async Task SendAsync(DueNotice notice, CancellationToken stoppingToken)
    {
        if (await orders.FindAsync(notice.OrderId) is not { } order || notices.Value.TypeOf(notice.Step, notice.At, order) is not { } type)
        {
            await queue.CompleteAsync(notice);
            return;
        }

        if (notice.Step == "refunded" && order.Refunds.Count == 0 && time.GetUtcNow() - notice.At < s_refundWithin)
        {
            await queue.PostponeAsync(notice, s_refundDelay);
            return;
        }

        using var limit = new CancellationTokenSource(_options.HandlerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        try
        {
            await endpoint.SendAsync($"notice/{notice.OrderId}/{notice.Entry}", NoticeBody.Write(type, notice, order), either.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await queue.PostponeAsync(notice, TimeSpan.Zero);
            return;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            await FailAsync(notice, type, exception);
            return;
        }

        await queue.CompleteAsync(notice);
    }

    private async Task FailAsync(DueNotice notice, string type, Exception exception)
    {
        var (attempt, failure) = (notice.Attempts + 1, SignedEndpoint.Describe(exception));
        if (attempt < _options.MaxAttempts)
        {
            Log.NotSent(logger, type, notice.OrderId, failure, attempt, _options.MaxAttempts);
            await queue.FailAsync(notice, _options.DelayAfter(attempt, SignedEndpoint.RetryAfter(exception)));
            return;
        }

        await queue.DeadLetterAsync(notice, $"The merchant webhook failed for {type} ({failure}).");
        Log.GivenUp(logger, type, notice.OrderId, attempt, failure);
    }

    private static partial class Log
    {
        [LoggerMessage(41, LogLevel.Warning, "The notice {Type} of {OrderId} could not be sent ({Failure}), attempt {Attempt} of {Allowed}.")]
        public static partial void NotSent(ILogger logger, string type, string orderId, string failure, int attempt, int allowed);

        [LoggerMessage(42, LogLevel.Error, "The notice {Type} of {OrderId} went to the dead letters after {Attempts} attempts ({Failure}).")]
        public static partial void GivenUp(ILogger logger, string type, string orderId, int attempts, string failure);

        [LoggerMessage(43, LogLevel.Warning, "The merchant's notices were interrupted ({Error}); trying again.")]
        public static partial void Interrupted(ILogger logger, string error);

        [LoggerMessage(44, LogLevel.Error, "A notice of {OrderId} could not be sent.")]
        public static partial void Failed(ILogger logger, Exception exception, string orderId);
    }
}
