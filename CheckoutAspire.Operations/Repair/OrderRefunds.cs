using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Transitions;
using Stripe;

namespace CheckoutAspire.Operations.Repair;

/// <summary>A refund that an operator asks for.</summary>
/// <param name="IdempotencyKey">One key refunds once.</param>
/// <param name="Amount">In the currency's minor unit; null for all that is left of the payment.</param>
/// <param name="Reason">Stripe's reason, or null.</param>
/// <param name="Why">Who refunds, and why.</param>
internal sealed record OperatorRefund(string IdempotencyKey, long? Amount, string? Reason, string Why);

/// <summary>How a refund ended.</summary>
internal enum RefundOutcome
{
    /// <summary>Stripe made it, now or when it was asked for under the same key before.</summary>
    Made,

    /// <summary>The order does not exist.</summary>
    NotFound,

    /// <summary>The order is not paid, not enough is left of its payment, or Stripe rejected it.</summary>
    NotRefundable,

    /// <summary>The key was used for another refund.</summary>
    Conflict,

    /// <summary>A call with the same key is still running.</summary>
    InFlight,

    /// <summary>Stripe may have made it: the call is to be repeated under the same key.</summary>
    Unreachable,
}

/// <summary>The result of a refund.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">Why, in a sentence.</param>
/// <param name="Made">The refund at Stripe.</param>
/// <param name="IsReplayed">Whether an earlier call has made it.</param>
internal sealed record RefundResult(RefundOutcome Outcome, string Detail, Refund? Made = null, bool IsReplayed = false);

/// <summary>
/// Refunds by operators. The request is written to the ledger before Stripe is called, and sent under an idempotency key, so that one key refunds once. The
/// order changes when Stripe's event arrives, as after any other refund.
/// </summary>
internal sealed partial class OrderRefunds(
    OrderLedger ledger, OperatorLedger journal, IdempotencyStore requests, IStripeClient stripe, ILogger<OrderRefunds> logger)
{
    private const string Owner = "ops-refunds";

    // Longer than a call to Stripe with its retries.
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(4);

    /// <summary>Stripe's reasons (<see href="https://docs.stripe.com/api/refunds/create#create_refund-reason"/>).</summary>
    public static IReadOnlyList<string> Reasons { get; } = ["requested_by_customer", "duplicate", "fraudulent"];

    /// <summary>What is left of an order's payment, in the currency's minor unit.</summary>
    public static long LeftOf(Orders.Ledger.Order order) =>
        order is { Payment: OrderPayment.Paid, PaymentIntent: not null } ? Math.Max(0, order.AmountTotal - order.AmountRefunded) : 0;

    /// <summary>Refunds an order, once for each key.</summary>
    public async Task<RefundResult> RefundAsync(string id, OperatorRefund asked)
    {
        if (await ledger.FindAsync(id) is not { } order)
        {
            return new RefundResult(RefundOutcome.NotFound, "The order does not exist.");
        }

        var refund = new Refunding(order.PaymentIntent ?? "", asked.Amount ?? LeftOf(order), asked.Reason);
        var key = new RequestKey(Owner, "refund-" + Hash($"{id}\n{asked.IdempotencyKey}"), RequestKey.Retention);
        var digest = Hash(string.Create(CultureInfo.InvariantCulture, $"{asked.Amount}\n{asked.Reason}"));
        switch (await requests.BeginAsync(key, digest, JsonSerializer.Serialize(refund), s_lease))
        {
            case IdempotencyResult.Send { Resumed: false } when Problem(order, refund) is { } problem:
                await requests.ForgetAsync(key);
                return problem;
            case IdempotencyResult.Send send:
                if (!send.Resumed)
                {
                    await journal.NoteAsync(id, "refund_requested", $"{asked.Why} ({Amount.Write(refund.Amount, order.Currency)})");
                }

                return await SendAsync(id, JsonSerializer.Deserialize<Refunding>(send.Request)!, key, send.Resumed);
            case IdempotencyResult.Done done:
                return await CallAsync(
                    () => new RefundService(stripe).GetAsync(done.SessionId), made => Task.FromResult(MadeOf(made, isReplayed: true)), (_, _) => Task.CompletedTask);
            case IdempotencyResult.InFlight:
                return new RefundResult(RefundOutcome.InFlight, "A call with this idempotency_key is still running. Repeat it in a minute.");
            default:
                return new RefundResult(RefundOutcome.Conflict, "idempotency_key was used for another refund of this order. Choose a new key.");
        }
    }

    private Task<RefundResult> SendAsync(string id, Refunding refund, RequestKey key, bool resumed) => CallAsync(
        () => new RefundService(stripe).CreateAsync(
            new RefundCreateOptions { PaymentIntent = refund.PaymentIntent, Amount = refund.Amount, Reason = refund.Reason },
            new RequestOptions { IdempotencyKey = $"{id}/{key.Name}" }),
        async made =>
        {
            await requests.CompleteAsync(key, made.Id);
            Log.Refunded(logger, id, made.Id, made.Status);
            return MadeOf(made, isReplayed: resumed);
        },
        async (isRejected, code) =>
        {
            if (isRejected)
            {
                await requests.ForgetAsync(key);
                await journal.NoteAsync(id, "refund_rejected", $"by Stripe ({code})");
            }
            else
            {
                await requests.ReleaseAsync(key);
            }
        });

    private static async Task<RefundResult> CallAsync(Func<Task<Refund>> call, Func<Refund, Task<RefundResult>> succeed, Func<bool, string, Task> fail)
    {
        try
        {
            return await succeed(await call());
        }
        catch (StripeException rejected) when (rejected.StripeError is not null && (int)rejected.HttpStatusCode is >= 400 and < 500 and not (401 or 403 or 409 or 429))
        {
            var code = rejected.StripeError.Code ?? rejected.StripeError.Type;
            await fail(true, code);
            return new RefundResult(RefundOutcome.NotRefundable, $"Stripe rejected the refund ({code}).");
        }
        catch (Exception failure) when (failure is StripeException or HttpRequestException or TaskCanceledException)
        {
            await fail(false, "");
            return new RefundResult(
                RefundOutcome.Unreachable, "Stripe did not answer as expected, and may have made the refund. Repeat the call with the same idempotency_key.");
        }
    }

    private static RefundResult? Problem(Orders.Ledger.Order order, Refunding refund)
    {
        var left = LeftOf(order);
        return order switch
        {
            { Payment: not OrderPayment.Paid } or { PaymentIntent: null } => NotRefundable("The order is not paid, or has no payment of its own."),
            _ when left <= 0 => NotRefundable("The whole payment has been refunded."),
            _ when refund.Amount > left => NotRefundable(
                string.Create(CultureInfo.InvariantCulture, $"amount must be at most {left}, which is left of the payment.")),
            _ => null,
        };
    }

    private static RefundResult NotRefundable(string detail) => new(RefundOutcome.NotRefundable, detail);

    private static RefundResult MadeOf(Refund made, bool isReplayed) =>
        new(RefundOutcome.Made, $"Stripe made the refund {made.Id} ({made.Status}).", made, isReplayed);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>A refund as it is written to the ledger before it is sent.</summary>
    private sealed record Refunding(string PaymentIntent, long Amount, string? Reason);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Order {OrderId}: an operator refunded it ({RefundId}, {Status}).")]
        public static partial void Refunded(ILogger logger, string orderId, string refundId, string status);
    }
}
