using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Returns;

/// <summary>Creates refunds and moves them to their final status.</summary>
/// <remarks><see href="https://docs.stripe.com/refunds#failed-refunds"/></remarks>
internal static class Refunds
{
    public const string ExpiredCard = "expired_or_canceled_card";

    /// <summary>The amount of the charge that has not been refunded, and is not about to be.</summary>
    public static long Refundable(Transaction transaction, Charge charge) => charge.Amount - charge.AmountRefunded
        - transaction.NewestFirst<Refund>().Where(refund => refund.ChargeId == charge.Id && refund.Status == "pending").Sum(refund => refund.Amount);

    /// <summary>Creates a refund, which is pending or succeeded depending on the payment method.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="charge">A successful charge.</param>
    /// <param name="amount">The amount, at most the refundable amount.</param>
    /// <param name="reason">Stripe's reason; null without one.</param>
    /// <param name="metadata">The refund's metadata.</param>
    /// <param name="delay">The time until the refund's next step, if it has one.</param>
    public static Refund Create(
        Transaction transaction, Charge charge, long amount, string? reason, Dictionary<string, string>? metadata, TimeSpan delay)
    {
        var behavior = transaction.TryFind<MethodBehavior>(charge.PaymentMethod, out var found) ? found.Refund : RefundBehavior.Succeeds;
        var refund = transaction.Save(New(transaction, charge, amount, reason, metadata));
        if (behavior != RefundBehavior.Succeeds)
        {
            transaction.Save(new ScheduledReturn
            {
                Id = refund.Id,
                Step = behavior == RefundBehavior.FailsLater ? ReturnStep.RefundFails : ReturnStep.RefundSucceeds,
                DueAt = transaction.Now + delay,
            });
        }

        if (behavior == RefundBehavior.SucceedsLater)
        {
            refund.PendingReason = "processing";
            refund.Status = "pending";
        }
        else
        {
            CountOnCharge(transaction, charge, amount);
        }

        transaction.Emit("refund.created", refund);
        return refund;
    }

    /// <summary>A pending refund succeeds: only now does the charge count it.</summary>
    public static void Succeed(Transaction transaction, Refund refund)
    {
        Unschedule(transaction, refund);
        var previous = new { pending_reason = refund.PendingReason, status = refund.Status };
        refund.PendingReason = null;
        refund.Status = "succeeded";
        transaction.Save(refund);
        CountOnCharge(transaction, transaction.Get<Charge>(refund.ChargeId), refund.Amount);
        EmitUpdated(transaction, refund, previous);
    }

    /// <summary>A refund fails. The charge no longer counts it, and the amount can be refunded again.</summary>
    public static void Fail(Transaction transaction, Refund refund)
    {
        Unschedule(transaction, refund);
        var previous = new { status = refund.Status };
        if (refund.Status == "succeeded" && transaction.TryFind<Charge>(refund.ChargeId, out var charge))
        {
            charge.AmountRefunded -= refund.Amount;
            charge.Refunded = false;
            transaction.Save(charge);
        }

        refund.FailureBalanceTransactionId = Identifiers.New("txn_1");
        refund.FailureReason = ExpiredCard;
        refund.PendingReason = null;
        refund.Status = "failed";
        transaction.Save(refund);
        EmitUpdated(transaction, refund, previous);
        transaction.Emit("refund.failed", refund);
    }

    private static Refund New(Transaction transaction, Charge charge, long amount, string? reason, Dictionary<string, string>? metadata) => new()
    {
        Id = Identifiers.New(charge.Id.StartsWith("py_", StringComparison.Ordinal) ? "pyr_1" : "re_3"),
        Object = "refund",
        Amount = amount,
        ChargeId = charge.Id,
        Created = transaction.Now,
        Currency = charge.Currency,
        CustomerId = charge.CustomerId,
        DestinationDetails = charge.PaymentMethodDetails.Type == "card"
            ? new RefundDestinationDetails
            {
                Card = new RefundDestinationDetailsCard { ReferenceStatus = "pending", ReferenceType = "acquirer_reference_number", Type = "refund" },
                Type = "card",
            }
            : null,
        Metadata = ParameterRules.Merge(null, metadata),
        PaymentIntentId = charge.PaymentIntentId,
        PaymentMethodId = charge.PaymentMethod,
        Reason = reason,
        Status = "succeeded",
    };

    private static void CountOnCharge(Transaction transaction, Charge charge, long amount)
    {
        var previous = new { amount_refunded = charge.AmountRefunded, refunded = charge.Refunded };
        charge.AmountRefunded += amount;
        charge.Refunded = charge.AmountRefunded == charge.Amount;
        transaction.Emit("charge.refunded", transaction.Save(charge), previous);
    }

    private static void EmitUpdated(Transaction transaction, Refund refund, object previous)
    {
        transaction.Emit("refund.updated", refund, previous);
        transaction.Emit("charge.refund.updated", refund, previous);
    }

    private static void Unschedule(Transaction transaction, Refund refund)
    {
        if (transaction.TryFind<ScheduledReturn>(refund.Id, out var scheduled))
        {
            scheduled.DueAt = null;
            transaction.Save(scheduled);
        }
    }
}
