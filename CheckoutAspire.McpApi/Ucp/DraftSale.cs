using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Sessions;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.Orders;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Makes the session of a draft in the same way, and by the same rules, as every other sale; and ends it.</summary>
internal sealed class DraftSale(CheckoutRules rules, CheckoutInitiation initiation, CheckoutCancellation cancellation)
{
    /// <summary>The draft's session: made now, or by an earlier call. One for each draft, whose id is the sale's idempotency key.</summary>
    /// <exception cref="CheckoutException">Nothing was sold.</exception>
    public async Task<InitiateCheckoutOutput> SellAsync(Caller caller, CheckoutDraft draft)
    {
        var sale = await rules.ApplyAsync(
            new InitiateCheckoutInput
            {
                // The catalogue's products: no price is the platform's.
                LineItems = [.. draft.Lines.Select(line => new LineItemInput { ProductId = line.ItemId, Quantity = line.Quantity })],
                CustomerEmail = draft.Buyer?.Email,
                IdempotencyKey = draft.Id,
            },
            caller,
            CancellationToken.None);
        var metadata = new Dictionary<string, string>(sale.Request.Metadata, StringComparer.Ordinal) { [CheckoutMetadata.OrderRef] = draft.OrderRef };
        return await initiation.RunAsync(sale with { Request = sale.Request with { OrderRef = draft.OrderRef, Metadata = metadata } });
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
