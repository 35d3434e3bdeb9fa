using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Returns;

/// <summary>Performs the scheduled steps of refunds and disputes.</summary>
internal static class ReturnSchedule
{
    public static void Run(Transaction transaction, ScheduledReturn scheduled)
    {
        scheduled.DueAt = null;
        transaction.Save(scheduled);
        switch (scheduled.Step)
        {
            case ReturnStep.DisputeOpens when transaction.TryFind<Charge>(scheduled.Id, out var charge)
                && transaction.TryFind<MethodBehavior>(charge.PaymentMethod, out var behavior) && behavior.Dispute is { } dispute:
                Disputes.Open(transaction, charge, dispute);
                break;
            case ReturnStep.RefundSucceeds when transaction.TryFind<Refund>(scheduled.Id, out var pending):
                Refunds.Succeed(transaction, pending);
                break;
            case ReturnStep.RefundFails when transaction.TryFind<Refund>(scheduled.Id, out var refund):
                Refunds.Fail(transaction, refund);
                break;
        }
    }
}
