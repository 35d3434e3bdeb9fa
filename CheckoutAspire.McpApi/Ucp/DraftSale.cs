using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Makes the session of a draft in the same way, and by the same rules, as every other sale; and ends it.</summary>
internal sealed class DraftSale(CheckoutRules rules, CheckoutInitiation initiation, CheckoutCancellation cancellation)
{
    /// <summary>The draft's session: made now, or by an earlier call. One for each draft, whose id is the sale's idempotency key.</summary>
    /// <exception cref="CheckoutException">Nothing was sold.</exception>
    public async Task<StartedCheckout> SellAsync(Caller caller, CheckoutDraft draft)
    {
        var sale = await rules.ApplyAsync(
            new CheckoutRequest
            {
                // Products of the catalogue: the platform sets no price.
                Lines = [.. draft.Lines.Select(line => new CheckoutRequestLine { ProductId = line.ItemId, Quantity = line.Quantity })],
                IsList = true,
                CustomerEmail = draft.Buyer?.Email,
                IdempotencyKey = draft.Id,
                OrderRef = draft.OrderRef,
            },
            caller,
            CancellationToken.None);
        return await initiation.RunAsync(sale);
    }

    /// <summary>Has the buyer's page stop working; false when the buyer has finished it already.</summary>
    /// <exception cref="CheckoutException">Stripe could not be asked.</exception>
    public async Task<bool> TryExpireAsync(Caller caller, string sessionId)
    {
        try
        {
            await cancellation.RunAsync(sessionId, caller, CancellationToken.None);
            return true;
        }
        catch (CheckoutException finished) when (finished.Error.Code is CheckoutErrorCode.AlreadyCompleted)
        {
            return false;
        }
    }
}
