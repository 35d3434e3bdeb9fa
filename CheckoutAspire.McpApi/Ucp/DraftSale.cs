using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Creates the session of a draft by the rules of every other sale, and expires it.</summary>
internal sealed class DraftSale(CheckoutRules rules, SessionTerms terms, CheckoutInitiation initiation, CheckoutCancellation cancellation)
{
    /// <summary>Creates the draft's session, or returns the one that an earlier call has created. The draft's id and revision are the idempotency key of the sale.</summary>
    /// <exception cref="CheckoutException">Nothing was sold.</exception>
    public async Task<StartedCheckout> SellAsync(Caller caller, CheckoutDraft draft)
    {
        var sale = await rules.ApplyAsync(
            new CheckoutRequest
            {
                // All lines are products of the catalog, because platforms cannot set prices.
                Lines = [.. draft.Lines.Select(line => new CheckoutRequestLine { ProductId = line.ItemId, Quantity = line.Quantity, CallerRef = line.CallerRef })],
                IsList = true,
                CustomerEmail = terms.IsForAgents("customer_email") ? draft.Buyer?.Email : null,
                IdempotencyKey = draft.SaleKey,
                Replaces = draft.Replaces,
                OrderRef = draft.OrderRef,
            },
            caller,
            CancellationToken.None);
        return await initiation.RunAsync(sale);
    }

    /// <summary>Expires the session, so that its page closes. Returns false if the buyer has completed it already.</summary>
    /// <exception cref="CheckoutException">The call to Stripe failed.</exception>
    public async Task<bool> TryExpireAsync(Caller caller, string sessionId)
    {
        try
        {
            await cancellation.RunAsync(sessionId, caller, CancellationToken.None);
            return true;
        }
        catch (CheckoutException completed) when (completed.Error.Code is CheckoutErrorCode.AlreadyCompleted)
        {
            return false;
        }
    }
}
