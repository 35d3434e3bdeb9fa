using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>What time itself does: sessions expire at <c>expires_at</c>, bank debits settle.</summary>
internal sealed partial class DueWork(SandboxStore store, TimeProvider time, ILogger<DueWork> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Expires and settles all that is due now.</summary>
    public int RunDue() => store.Transact(null, static transaction =>
    {
        var sessions = transaction.NewestFirst<Session>()
            .Where(session => session.Status == "open" && session.ExpiresAt <= transaction.Now).ToList();
        sessions.ForEach(session => SessionExpiry.Expire(transaction, session));
        var debits = transaction.NewestFirst<PendingPayment>().Where(pending => pending.SettlesAt <= transaction.Now).ToList();
        debits.ForEach(pending => DebitFlow.Settle(transaction, pending));
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
