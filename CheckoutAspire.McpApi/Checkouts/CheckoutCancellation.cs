using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stock;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Expires an open session at Stripe, so that it cannot be paid any more. The order changes when Stripe's event arrives, as after any other expiry:
/// this service never writes an order's state.
/// </summary>
internal sealed class CheckoutCancellation(CheckoutLookup lookup, StripeSessions stripe, StockReservations stock)
{
    /// <summary>Cancels a session of the caller. A session that has expired already is reported as such.</summary>
    /// <exception cref="CheckoutException">The session does not exist, or the buyer has completed it.</exception>
    public async Task<CanceledCheckout> RunAsync(string sessionId, Caller caller, CancellationToken cancellationToken)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        switch (await lookup.FindAsync(sessionId, caller))
        {
            case null:
                // The session is not in the ledger, so only Stripe can confirm that it is the caller's.
                return await ExpireAsync(sessionId, order: null, await lookup.RetrieveUnrecordedAsync(sessionId, caller, cancellationToken), caller, cancellationToken);
            case { State: OrderState.Expired } expired:
                return Result(sessionId, expired, session: null, alreadyExpired: true);
            case { State: OrderState.Created } open:
                return await ExpireAsync(sessionId, open, session: null, caller, cancellationToken);
            case var finished:
                throw Completed(finished.State.Name());
        }
    }

    private async Task<CanceledCheckout> ExpireAsync(
        string sessionId, Order? order, Session? session, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            if (session is null or { Status: SessionStatus.Open })
            {
                await stripe.ExpireAsync(sessionId);
                // Stripe takes no payment any more. If this process ends here, the order's expiry releases the units.
                await stock.ReleaseAsync(order?.OrderRef ?? CheckoutLookup.OrderRefOf(session));
                return Result(sessionId, order, session, alreadyExpired: false);
            }
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.InvalidRequest)
        {
            // Only an open session can be expired (https://docs.stripe.com/api/checkout/sessions/expire), so its status has just changed.
            session = await lookup.RetrieveAsync(sessionId, caller, cancellationToken);
        }
        catch (StripeFailure failure)
        {
            throw StripeErrors.Explain(failure);
        }

        return session.Status == SessionStatus.Expired ? Result(sessionId, order, session, alreadyExpired: true) : throw Completed(session.Status);
    }

    private static CanceledCheckout Result(string sessionId, Order? order, Session? session, bool alreadyExpired) => new()
    {
        SessionId = sessionId,
        Status = SessionStatus.Expired,
        OrderState = order?.State.Name() ?? ReportedOrderStatesAttribute.Unrecorded,
        OrderRef = order?.OrderRef ?? CheckoutLookup.OrderRefOf(session),
        AlreadyExpired = alreadyExpired,
    };

    private static CheckoutException Completed(string state) => new(
        CheckoutErrorCode.AlreadyCompleted,
        $"The buyer has completed this checkout ({state}), so it cannot be canceled. The seller can refund a payment in Stripe's Dashboard.",
        "session_id");
}
