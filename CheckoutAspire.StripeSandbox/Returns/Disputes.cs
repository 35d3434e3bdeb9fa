using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Returns;

/// <summary>Opens disputes and moves them through their statuses.</summary>
/// <remarks><see href="https://docs.stripe.com/disputes/how-disputes-work"/></remarks>
internal static class Disputes
{
    private const long Fee = 1500;
    private static readonly TimeSpan TimeToRespond = TimeSpan.FromDays(9);

    public static bool IsOpen(Dispute dispute) =>
        dispute.Status is "needs_response" or "under_review" or "warning_needs_response" or "warning_under_review";

    /// <summary>Whether the dispute is an inquiry: no funds are withdrawn unless it escalates.</summary>
    public static bool IsInquiry(Dispute dispute) => dispute.Status.StartsWith("warning_", StringComparison.Ordinal);

    /// <summary>Has the next scheduled work dispute the charge, after the events of the payment.</summary>
    public static void Schedule(Transaction transaction, Charge charge)
    {
        if (transaction.TryFind<MethodBehavior>(charge.PaymentMethod, out var behavior) && behavior.Dispute is not null)
        {
            transaction.Save(new ScheduledReturn { Id = charge.Id, Step = ReturnStep.DisputeOpens, DueAt = transaction.Now });
        }
    }

    /// <summary>The buyer's bank disputes a charge. Unless it is an inquiry, the funds are withdrawn.</summary>
    public static Dispute Open(Transaction transaction, Charge charge, DisputeBehavior behavior, long? amount = null)
    {
        charge.Disputed = true;
        transaction.Save(charge);
        var dispute = new Dispute
        {
            Id = Identifiers.New("du_1"),
            Object = "dispute",
            Amount = amount ?? charge.Amount,
            BalanceTransactions = [],
            ChargeId = charge.Id,
            Created = transaction.Now,
            Currency = charge.Currency,
            EnhancedEligibilityTypes = [],
            Evidence = new DisputeEvidence { EnhancedEvidence = new DisputeEvidenceEnhancedEvidence() },
            EvidenceDetails = new DisputeEvidenceDetails
            {
                DueBy = transaction.Now + TimeToRespond,
                EnhancedEligibility = new DisputeEvidenceDetailsEnhancedEligibility(),
                SubmissionMethod = "manual",
            },
            IsChargeRefundable = behavior.IsInquiry,
            Metadata = [],
            PaymentIntentId = charge.PaymentIntentId,
            PaymentMethodDetails = charge.PaymentMethodDetails.Card is { } card
                ? new DisputePaymentMethodDetails
                {
                    Card = new DisputePaymentMethodDetailsCard
                    {
                        Brand = card.Brand,
                        CaseType = behavior.IsInquiry ? "inquiry" : "chargeback",
                        Network = card.Network,
                    },
                    Type = "card",
                }
                : null,
            Reason = behavior.Reason,
            Status = behavior.IsInquiry ? "warning_needs_response" : "needs_response",
        };
        transaction.Emit("charge.dispute.created", transaction.Save(dispute));
        if (!behavior.IsInquiry)
        {
            Withdraw(transaction, dispute);
        }

        return dispute;
    }

    /// <summary>Evidence was submitted: the bank reviews it.</summary>
    public static void Review(Transaction transaction, Dispute dispute)
    {
        var previous = new { status = dispute.Status };
        dispute.EvidenceDetails.HasEvidence = true;
        dispute.EvidenceDetails.SubmissionCount++;
        dispute.Status = IsInquiry(dispute) ? "warning_under_review" : "under_review";
        transaction.Emit("charge.dispute.updated", transaction.Save(dispute), previous);
    }

    /// <summary>The bank decides for the merchant: an inquiry is closed, a chargeback is won and the funds are reinstated.</summary>
    public static void Win(Transaction transaction, Dispute dispute)
    {
        if (IsInquiry(dispute))
        {
            Close(transaction, dispute, "warning_closed");
            return;
        }

        Close(transaction, dispute, "won");
        dispute.BalanceTransactions.Add(Entry(transaction, dispute, dispute.Amount, -Fee, "Chargeback reversal"));
        transaction.Emit("charge.dispute.funds_reinstated", transaction.Save(dispute));
    }

    /// <summary>The bank decides for the buyer, or the merchant accepts the dispute. An inquiry is closed without loss.</summary>
    public static void Lose(Transaction transaction, Dispute dispute) =>
        Close(transaction, dispute, IsInquiry(dispute) ? "warning_closed" : "lost");

    /// <summary>An inquiry becomes a chargeback, and the funds are withdrawn.</summary>
    public static void Escalate(Transaction transaction, Dispute dispute)
    {
        var previous = new { status = dispute.Status };
        dispute.IsChargeRefundable = false;
        dispute.PaymentMethodDetails?.Card?.CaseType = "chargeback";
        dispute.Status = "needs_response";
        transaction.Emit("charge.dispute.updated", transaction.Save(dispute), previous);
        Withdraw(transaction, dispute);
    }

    private static void Close(Transaction transaction, Dispute dispute, string status)
    {
        var previous = new { status = dispute.Status };
        dispute.Status = status;
        transaction.Emit("charge.dispute.closed", transaction.Save(dispute), previous);
    }

    private static void Withdraw(Transaction transaction, Dispute dispute)
    {
        dispute.BalanceTransactions.Add(Entry(transaction, dispute, -dispute.Amount, Fee, "Chargeback withdrawal"));
        transaction.Emit("charge.dispute.funds_withdrawn", transaction.Save(dispute));
    }

    private static BalanceTransaction Entry(Transaction transaction, Dispute dispute, long amount, long fee, string description) => new()
    {
        Id = Identifiers.New("txn_1"),
        Object = "balance_transaction",
        Amount = amount,
        AvailableOn = transaction.Now,
        BalanceType = "payments",
        Created = transaction.Now,
        Currency = dispute.Currency,
        Description = $"{description} for {dispute.ChargeId}",
        Fee = fee,
        FeeDetails =
        [
            new BalanceTransactionFeeDetail { Amount = fee, Currency = dispute.Currency, Description = "Dispute fee", Type = "stripe_fee" },
        ],
        Net = amount - fee,
        ReportingCategory = fee > 0 ? "dispute" : "dispute_reversal",
        SourceId = dispute.Id,
        Status = "available",
        Type = "adjustment",
    };
}
