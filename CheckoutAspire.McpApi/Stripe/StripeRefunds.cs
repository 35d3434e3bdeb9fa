using System.Diagnostics;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe's refunds. Every failure leaves as a <see cref="StripeFailure"/>.</summary>
internal sealed class StripeRefunds(StripeApi stripe, IOptions<StripeTimeouts> timeouts)
{
    private readonly RefundService _refunds = new(stripe.Client);

    /// <summary>Creates the refund, or returns the one that was created with this key before.</summary>
    public Task<Refund> CreateAsync(RefundCreateOptions refund, string idempotencyKey) => CallAsync(
        "create", token => _refunds.CreateAsync(refund, new RequestOptions { IdempotencyKey = idempotencyKey }, token));

    /// <summary>The current state of a refund.</summary>
    public Task<Refund> GetAsync(string refundId) => CallAsync("retrieve", token => _refunds.GetAsync(refundId, cancellationToken: token));

    // The caller's cancellation does not end a call that may move money.
    private Task<Refund> CallAsync(string operation, Func<CancellationToken, Task<Refund>> call) => stripe.CallAsync(
        $"refunds.{operation}",
        timeouts.Value.Call,
        async token =>
        {
            var refund = await call(token);
            if (refund is not { Id: not null, Status: not null, Currency: not null })
            {
                throw new StripeFailure(CheckoutErrorCode.StripeError);
            }

            Activity.Current?.SetTag("stripe.request_id", refund.StripeResponse?.RequestId);
            return refund;
        },
        CancellationToken.None);
}
