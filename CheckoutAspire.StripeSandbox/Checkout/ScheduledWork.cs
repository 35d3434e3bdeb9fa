using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Expires sessions, settles bank debits, continues refunds, opens disputes, and wakes the sender, each when it is due.</summary>
internal sealed partial class ScheduledWork(SandboxStore store, WebhookQueue webhooks, TimeProvider time, ILogger<ScheduledWork> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Expires sessions, settles debits, continues refunds and opens disputes that are due.</summary>
    public int RunDue() => store.Transact(null, static transaction =>
    {
        var sessions = transaction.Due<Session>();
        sessions.ForEach(session => SessionExpiry.Expire(transaction, session));
        var debits = transaction.Due<PendingPayment>();
        debits.ForEach(pending => DebitFlow.Settle(transaction, pending, pending.DeclineCode));
        var returns = transaction.Due<ScheduledReturn>();
        returns.ForEach(scheduled => ReturnSchedule.Run(transaction, scheduled));
        return sessions.Count + debits.Count + returns.Count;
    });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                RunDue();
                webhooks.Wake();
            }
            catch (Exception exception)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Scheduled work of the sandbox failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
