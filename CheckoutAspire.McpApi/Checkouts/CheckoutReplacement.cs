using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stock;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Replaces an open or expired checkout by another one. The steps are in this order, so that at no time two pages can be paid and the buyer has a page as
/// long as possible: claim the old order in the ledger, create the new session, expire the old one at Stripe, record the new order, note it in the old one.
/// The new link leaves this server only after Stripe has confirmed that the old page takes no payment.
/// </summary>
/// <remarks>After a crash at any point, the same call continues with the request that the ledger has.</remarks>
internal sealed class CheckoutReplacement(OrderReplacements replacements, OrderLedger ledger, StripeSessions stripe, StockReservations stock)
{
    /// <summary>The argument that names the replaced checkout.</summary>
    public const string Argument = "replaces";

    /// <summary>Claims the replaced order for a request.</summary>
    /// <returns>Null if the request may go on, or why it may not.</returns>
    public async Task<CheckoutException?> ClaimAsync(string replaced, string orderRef) => await replacements.ClaimAsync(replaced, orderRef) switch
    {
        ReplacementClaim.Claimed => null,
        ReplacementClaim.Taken taken => Taken(taken.ReplacedBy),
        ReplacementClaim.Completed completed => Completed(completed.State),
        _ => new CheckoutException(CheckoutErrorCode.NotFound, "The checkout in replaces is too old to be replaced. Omit replaces to start a new one.", Argument),
    };

    /// <summary>Expires the replaced session at Stripe and releases its stock.</summary>
    /// <returns>Null if it takes no payment any more; the error if the buyer has completed it.</returns>
    /// <exception cref="StripeFailure">Stripe did not confirm either.</exception>
    public async Task<CheckoutException?> CloseAsync(string replaced)
    {
        var order = await ledger.FindAsync(replaced);
        if (order is not { State: OrderState.Expired } && await ExpireAsync(replaced) is { } status)
        {
            return Completed(status);
        }

        if (order is not null)
        {
            await stock.ReleaseAsync(order.OrderRef);
        }

        return null;
    }

    /// <summary>Notes in the replaced order which session replaces it.</summary>
    public Task CompleteAsync(string replaced, string orderRef, string sessionId) => replacements.CompleteAsync(replaced, orderRef, sessionId);

    /// <summary>Gives up a request that sells nothing: its session, if it has one, whose link nobody has, and its claim.</summary>
    public async Task AbandonAsync(string replaced, string orderRef, string? sessionId)
    {
        if (sessionId is not null)
        {
            try
            {
                await stripe.ExpireAsync(sessionId);
            }
            catch (StripeFailure)
            {
                // It expires by itself, and only Stripe has its link.
            }
        }

        await replacements.ReleaseAsync(replaced, orderRef);
    }

    /// <summary>The error of a second call that replaces a checkout in another way.</summary>
    public async Task<CheckoutException> ConflictAsync(string replaced) => Taken((await ledger.FindAsync(replaced))?.ReplacedBy);

    /// <summary>The error of a call that replaces a completed checkout.</summary>
    public static CheckoutException Completed(string state) => new(
        CheckoutErrorCode.AlreadyCompleted,
        $"The buyer has completed this checkout ({state}), so it is not replaced, and nothing new was sold. Look at it with get_checkout.",
        Argument);

    private static CheckoutException Taken(string? replacedBy) => new(
        CheckoutErrorCode.AlreadyReplaced,
        replacedBy is null
            ? "Another call with other arguments is replacing this checkout. Repeat that call, or cancel_checkout and start a new one without replaces."
            : $"This checkout was already replaced by {replacedBy}. Pass that id as replaces to change it again.",
        Argument);

    /// <returns>Null if the session is expired now, or its status.</returns>
    private async Task<string?> ExpireAsync(string sessionId)
    {
        try
        {
            await stripe.ExpireAsync(sessionId);
            return null;
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.InvalidRequest)
        {
            // Only an open session can be expired (https://docs.stripe.com/api/checkout/sessions/expire).
            return (await stripe.GetAsync(sessionId, CancellationToken.None)).Status switch
            {
                SessionStatus.Expired => null,
                SessionStatus.Complete => SessionStatus.Complete,
                _ => throw new StripeFailure(CheckoutErrorCode.StripeError),
            };
        }
    }
}
