using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>What time itself does: sessions expire at <c>expires_at</c>, bank debits settle, deliveries are tried again.</summary>
internal sealed partial class DueWork(SandboxStore store, WebhookQueue webhooks, TimeProvider time, ILogger<DueWork> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Expires and settles all that is due now.</summary>
    public int RunDue() => store.Transact(null, static transaction =>
    {
        var sessions = transaction.Due<Session>();
        sessions.ForEach(session => SessionExpiry.Expire(transaction, session));
        var debits = transaction.Due<PendingPayment>();
        debits.ForEach(pending => DebitFlow.Settle(transaction, pending, pending.DeclineCode));
        return sessions.Count + debits.Count;
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
        [LoggerMessage(1, LogLevel.Error, "Work that was due failed inside the sandbox.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
