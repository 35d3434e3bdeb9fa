using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Policy;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using Microsoft.Extensions.Options;
using Stripe;
using StripeOptions = CheckoutAspire.Orders.Stripe.StripeOptions;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Refunds a caller's own paid checkouts, within the operator's limits. The request is written to the ledger before Stripe is called, and sent under an
/// idempotency key, so that one key refunds once. The order changes when Stripe's event arrives, as after any other refund.
/// </summary>
internal sealed partial class CheckoutRefunds(
    CheckoutLookup lookup,
    Ownership ownership,
    IdempotencyStore requests,
    StripeRefunds stripe,
    IOptions<RefundOptions> limits,
    IOptions<StripeOptions> account,
    IOptions<StripeTimeouts> timeouts,
    ILogger<CheckoutRefunds> logger)
{
    /// <summary>Refunds a part of a checkout, or all that is left of it.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="amount">In the currency's smallest unit; null for all that is left.</param>
    /// <param name="reason">A <see cref="RefundReason"/>, or null.</param>
    /// <param name="idempotencyKey">The caller's key of the refund.</param>
    /// <param name="caller">The caller.</param>
    /// <exception cref="CheckoutException">Nothing was refunded by this call.</exception>
    public async Task<RefundedCheckout> RunAsync(string sessionId, long? amount, string? reason, string idempotencyKey, Caller caller)
    {
        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        var order = await lookup.FindAsync(sessionId, caller)
            ?? throw new CheckoutException(CheckoutErrorCode.NotFound, "There is no checkout with this session_id.", "session_id");
        var name = Hash($"{account.Value.Deployment}\n{ownership.Of(caller)}\n{idempotencyKey}");
        // Refunds count against a cap of their own, so that their owner in the store is another one than that of sales.
        var key = new RequestKey("refunds-" + ownership.Of(caller), "refund-" + name, RequestKey.Retention);
        var refund = new RefundRequest(order.PaymentIntent ?? "", amount ?? order.AmountTotal - order.AmountRefunded, reason);
        var begun = await requests.BeginAsync(
            key,
            Hash(string.Create(CultureInfo.InvariantCulture, $"{sessionId}\n{amount}\n{reason}")),
            JsonSerializer.Serialize(refund, CheckoutJson.Default.RefundRequest),
            timeouts.Value.Lease,
            new CappedAmount(Math.Max(0, refund.Amount), order.Currency, limits.Value.DailyCap.TryGetValue(order.Currency, out var cap) ? cap : null));
        switch (begun)
        {
            case IdempotencyResult.Send { Resumed: false } when Problem(order, refund, amount) is { } problem:
                await requests.ForgetAsync(key);
                throw problem;
            case IdempotencyResult.Send send:
                return await SendAsync(sessionId, send.Resumed ? JsonSerializer.Deserialize(send.Request, CheckoutJson.Default.RefundRequest)! : refund, key, order, send.Resumed);
            case IdempotencyResult.Done done:
                return Result(sessionId, await CallAsync(() => stripe.GetAsync(done.SessionId)), replayed: true);
            case IdempotencyResult.InFlight inFlight:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyInFlight,
                    "A call with this idempotency_key is still running. Repeat it after retry_after seconds.",
                    "idempotency_key",
                    inFlight.RetryAfter);
            case IdempotencyResult.CapExceeded exceeded:
                throw Problem(order, refund, amount) ?? new CheckoutException(
                    CheckoutErrorCode.DailyCapExceeded,
                    $"This refund would exceed the caller's daily limit of {Currency.Format(cap, order.Currency)}. The next day begins at midnight UTC.",
                    retryAfter: exceeded.RetryAfter);
            default:
                throw new CheckoutException(
                    CheckoutErrorCode.IdempotencyConflict,
                    "idempotency_key was used with other arguments. Repeat those arguments, or choose a new key for another refund.",
                    "idempotency_key");
        }
    }

    private async Task<RefundedCheckout> SendAsync(string sessionId, RefundRequest refund, RequestKey key, Order order, bool resumed)
    {
        try
        {
            var made = await stripe.CreateAsync(
                new RefundCreateOptions
                {
                    PaymentIntent = refund.PaymentIntent,
                    Amount = refund.Amount,
                    Reason = refund.Reason,
                    Metadata = new() { [CheckoutMetadata.OrderRef] = order.OrderRef, [CheckoutMetadata.Deployment] = account.Value.Deployment },
                },
                key.Name);
            await requests.CompleteAsync(key, made.Id);
            return Result(sessionId, made, replayed: resumed);
        }
        catch (StripeFailure failure)
        {
            Log.StripeFailed(logger, order.OrderRef, CheckoutErrorJson.NameOf(failure.Code), failure.RequestId);
            await (failure.IsDefinitive ? requests.ForgetAsync(key) : requests.ReleaseAsync(key));
            throw Explain(failure);
        }
    }

    private CheckoutException? Problem(Order order, RefundRequest refund, long? amount)
    {
        var left = order.AmountTotal - order.AmountRefunded;
        long? most = limits.Value.DailyCap.ContainsKey(order.Currency) && limits.Value.Maximum.TryGetValue(order.Currency, out var maximum) ? maximum : null;
        return order switch
        {
            { Payment: not OrderPayment.Paid } =>
                NotRefundable("The checkout is not paid, so that there is nothing to refund. cancel_checkout closes an open one."),
            { PaymentIntent: null } => NotRefundable("This payment cannot be refunded here. The seller can refund it in Stripe's Dashboard."),
            _ when left <= 0 => NotRefundable("The whole payment has been refunded."),
            _ when refund.Amount > left => TooLarge(
                $"amount must be at most {left}, which is left of the payment ({Currency.Format(left, order.Currency)})."),
            _ when most is null => new CheckoutException(
                CheckoutErrorCode.CurrencyNotAllowed, $"Callers of this server do not refund payments in {order.Currency}. The seller can."),
            _ when refund.Amount > most => TooLarge(
                $"{(amount is null ? "The refund" : "amount")} of {Currency.Format(refund.Amount, order.Currency)} is above the maximum of one refund, "
                + $"{Currency.Format(most.Value, order.Currency)}. The seller can refund more."),
            _ => null,
        };
    }

    private static CheckoutException TooLarge(string sentence) => new(CheckoutErrorCode.AmountTooLarge, sentence, "amount");

    private static async Task<Refund> CallAsync(Func<Task<Refund>> call)
    {
        try
        {
            return await call();
        }
        catch (StripeFailure failure)
        {
            throw Explain(failure);
        }
    }

    private static CheckoutException Explain(StripeFailure failure) => failure.Code is CheckoutErrorCode.InvalidRequest
        ? NotRefundable("Stripe rejected the refund: the payment may have been refunded or disputed in the meantime. Call get_checkout.")
        : StripeErrors.Explain(failure);

    private static CheckoutException NotRefundable(string sentence) => new(CheckoutErrorCode.NotRefundable, sentence, "session_id");

    private static RefundedCheckout Result(string sessionId, Refund refund, bool replayed) => new()
    {
        SessionId = sessionId,
        RefundId = refund.Id,
        Status = refund.Status,
        Amount = refund.Amount,
        Currency = refund.Currency,
        Reason = refund.Reason is RefundReason.Duplicate or RefundReason.Fraudulent or RefundReason.RequestedByCustomer ? refund.Reason : null,
        Replayed = replayed,
    };

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Order {OrderRef}: the refund failed with {Code} (request {RequestId}).")]
        public static partial void StripeFailed(ILogger logger, string orderRef, string code, string? requestId);
    }
}

/// <summary>A refund as it is written to the ledger before it is sent.</summary>
internal sealed record RefundRequest(string PaymentIntent, long Amount, string? Reason);
