using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Ends an open session at Stripe, so that nobody can pay on it any more. The order follows by Stripe's event, as it follows every
/// other expiry: this service writes no state.
/// </summary>
internal sealed class CheckoutCancellation(CheckoutLookup lookup, StripeSessions stripe)
{
    /// <summary>Cancels a session of the caller's; one that has expired already says so.</summary>
    /// <exception cref="CheckoutException">There is none, or its buyer has finished it.</exception>
    public async Task<CanceledCheckout> RunAsync(string sessionId, Caller caller, CancellationToken cancellationToken)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        switch (await lookup.FindAsync(sessionId, caller))
        {
            case null:
                // Not in the ledger: it is the caller's only if Stripe says so.
                return await ExpireAsync(sessionId, order: null, await lookup.AskAsync(sessionId, caller, cancellationToken), caller, cancellationToken);
            case { State: OrderState.Expired } expired:
                return Answer(sessionId, expired, session: null, alreadyExpired: true);
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
                return Answer(sessionId, order, session, alreadyExpired: false);
            }
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.InvalidRequest)
        {
            // Only an open session can be expired (https://docs.stripe.com/api/checkout/sessions/expire): what it is now, Stripe knows.
            session = await lookup.AskAsync(sessionId, caller, cancellationToken);
        }
        catch (StripeFailure failure)
        {
            throw StripeErrors.Explain(failure);
        }

        return session.Status == SessionStatus.Expired ? Answer(sessionId, order, session, alreadyExpired: true) : throw Completed(session.Status);
    }

    private static CanceledCheckout Answer(string sessionId, Order? order, Session? session, bool alreadyExpired) => new()
    {
        SessionId = sessionId,
        Status = SessionStatus.Expired,
        OrderState = order?.State.Name() ?? ReportedOrderStatesAttribute.Unrecorded,
        OrderRef = order?.OrderRef ?? CheckoutLookup.OrderRefOf(session),
        AlreadyExpired = alreadyExpired,
    };

    private static CheckoutException Completed(string state) => new(
        CheckoutErrorCode.AlreadyCompleted,
        $"The buyer has finished this checkout ({state}), so it cannot be canceled; the seller can refund a payment in Stripe's Dashboard.",
        "session_id");
}
