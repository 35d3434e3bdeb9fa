using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// Derives the status of a checkout from the draft and the ledger. Only the ledger proves a payment, and only a paid order completes a checkout.
/// <see href="https://ucp.dev/2026-04-08/specification/checkout#checkout-status-lifecycle"/>
/// </summary>
internal static class CheckoutLifecycle
{
    public static UcpCheckoutStatus StatusOf(CheckoutDraft draft, Order? order, DateTimeOffset now) => order switch
    {
        // A paid order completes the checkout, even if the draft was canceled.
        { State: OrderState.Claimed or OrderState.Fulfilled or OrderState.NeedsReview } => UcpCheckoutStatus.Completed,
        _ when draft.Phase is DraftPhase.Canceled => UcpCheckoutStatus.Canceled,
        { State: OrderState.AwaitingPayment } => UcpCheckoutStatus.CompleteInProgress,
        null => StatusOf(draft, now),
        _ => SessionStatus.Of(order, now) == SessionStatus.Open ? UcpCheckoutStatus.RequiresEscalation : UcpCheckoutStatus.Canceled,
    };

    /// <summary>Whether the lines and the buyer can be changed at once, which ends when the buyer has a payment page.</summary>
    public static bool MayUpdate(UcpCheckoutStatus status) => status is UcpCheckoutStatus.Incomplete or UcpCheckoutStatus.ReadyForComplete;

    /// <summary>Whether the lines and the buyer can be changed after the payment page is closed, or an update has closed it that did not finish.</summary>
    public static bool MayReopen(CheckoutDraft draft, Order? order, UcpCheckoutStatus status) =>
        (status is UcpCheckoutStatus.RequiresEscalation && draft.SessionId is not null)
        || (draft.IsReopening && order is { State: OrderState.Created or OrderState.Expired } && draft.Phase is DraftPhase.Completing);

    /// <summary>Whether the checkout can be canceled, which ends when the buyer has paid or a bank debit is pending.</summary>
    public static bool MayCancel(CheckoutDraft draft, UcpCheckoutStatus status) =>
        status is UcpCheckoutStatus.Incomplete or UcpCheckoutStatus.ReadyForComplete or UcpCheckoutStatus.RequiresEscalation
        || (status is UcpCheckoutStatus.CompleteInProgress && draft.SessionId is null);

    private static UcpCheckoutStatus StatusOf(CheckoutDraft draft, DateTimeOffset now)
    {
        if (draft is { Phase: DraftPhase.Completing, SessionId: null })
        {
            return UcpCheckoutStatus.CompleteInProgress;
        }

        if (draft.ExpiresAt <= now)
        {
            return UcpCheckoutStatus.Canceled;
        }

        if (draft.SessionId is not null)
        {
            return UcpCheckoutStatus.RequiresEscalation;
        }

        return draft.Messages.Any(message => message.Severity is not null) ? UcpCheckoutStatus.Incomplete : UcpCheckoutStatus.ReadyForComplete;
    }
}
