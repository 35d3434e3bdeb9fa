using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace CheckoutAspire.Operations.Api;

/// <summary>
/// Refunds by operators. The request is written to the ledger before Stripe is called, and sent under an idempotency key, so that one key refunds once. The
/// order changes when Stripe's event arrives, as after any other refund.
/// </summary>
internal static partial class RefundEndpoints
{
    private const int MaxKey = 200;
    private const string Owner = "ops-refunds";

    // Longer than a call to Stripe with its retries.
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(4);

    // https://docs.stripe.com/api/refunds/create#create_refund-reason
    private static readonly FrozenSet<string> s_reasons = FrozenSet.Create(StringComparer.Ordinal, "duplicate", "fraudulent", "requested_by_customer");

    public static void MapRefunds(this IEndpointRouteBuilder ops) =>
        ops.MapPost("/orders/{id}/refund", RefundAsync);

    private static async Task<IResult> RefundAsync(
        string id, RefundBody body, OrderLedger ledger, IdempotencyStore requests, IStripeClient stripe, ILoggerFactory loggers)
    {
        if (body is not { IdempotencyKey.Length: > 0 and <= MaxKey, Amount: null or > 0 } || (body.Reason is { } given && !s_reasons.Contains(given)))
        {
            return OpsEndpoints.Problem(
                400,
                "invalid_refund",
                "The body must be {\"idempotency_key\": \"…\", \"amount\": 500, \"reason\": \"requested_by_customer\"}. The key has at most 200 characters; amount, in the currency's "
                + "smallest unit, and reason may be absent. The reasons are duplicate, fraudulent and requested_by_customer.");
        }

        if (await ledger.FindAsync(id) is not { } order)
        {
            return OpsEndpoints.Problem(404, "not_found", "The order does not exist.");
        }

        var left = order.AmountTotal - order.AmountRefunded;
        var refund = new Refunding(order.PaymentIntent ?? "", body.Amount ?? left, body.Reason);
        var key = new RequestKey(Owner, "refund-" + Hash($"{id}\n{body.IdempotencyKey}"), RequestKey.Retention);
        var digest = Hash(string.Create(CultureInfo.InvariantCulture, $"{body.Amount}\n{body.Reason}"));
        switch (await requests.BeginAsync(key, digest, JsonSerializer.Serialize(refund), s_lease))
        {
            case IdempotencyResult.Send { Resumed: false } when Problem(order, refund, left) is { } problem:
                await requests.ForgetAsync(key);
                return problem;
            case IdempotencyResult.Send send:
                return await SendAsync(id, JsonSerializer.Deserialize<Refunding>(send.Request)!, key, requests, stripe, loggers, send.Resumed);
            case IdempotencyResult.Done done:
                return await CallAsync(() => new RefundService(stripe).GetAsync(done.SessionId), made => Answer(id, made, replayed: true), _ => Task.CompletedTask);
            case IdempotencyResult.InFlight:
                return OpsEndpoints.Problem(409, "idempotency_in_flight", "A call with this idempotency_key is still running. Repeat it in a minute.");
            default:
                return OpsEndpoints.Problem(409, "idempotency_conflict", "idempotency_key was used for another refund of this order. Choose a new key.");
        }
    }

    private static Task<IResult> SendAsync(
        string id, Refunding refund, RequestKey key, IdempotencyStore requests, IStripeClient stripe, ILoggerFactory loggers, bool resumed) => CallAsync(
        () => new RefundService(stripe).CreateAsync(
            new RefundCreateOptions { PaymentIntent = refund.PaymentIntent, Amount = refund.Amount, Reason = refund.Reason },
            new RequestOptions { IdempotencyKey = $"{id}/{key.Name}" }),
        async made =>
        {
            await requests.CompleteAsync(key, made.Id);
            Log.Refunded(loggers.CreateLogger(typeof(RefundEndpoints).FullName!), id, made.Id, made.Status);
            return await Answer(id, made, replayed: resumed);
        },
        isRejected => isRejected ? requests.ForgetAsync(key) : requests.ReleaseAsync(key));

    private static async Task<IResult> CallAsync(Func<Task<Refund>> call, Func<Refund, Task<IResult>> succeed, Func<bool, Task> fail)
    {
        try
        {
            return await succeed(await call());
        }
        catch (StripeException rejected) when (rejected.StripeError is not null && (int)rejected.HttpStatusCode is >= 400 and < 500 and not (401 or 403 or 409 or 429))
        {
            await fail(true);
            return OpsEndpoints.Problem(409, "not_refundable", $"Stripe rejected the refund ({rejected.StripeError.Code ?? rejected.StripeError.Type}).");
        }
        catch (Exception failure) when (failure is StripeException or HttpRequestException or TaskCanceledException)
        {
            await fail(false);
            return OpsEndpoints.Problem(
                502, "stripe_unreachable", "Stripe did not answer as expected, and may have made the refund. Repeat the call with the same idempotency_key.");
        }
    }

    private static ProblemHttpResult? Problem(Order order, Refunding refund, long left) => order switch
    {
        { Payment: not OrderPayment.Paid } or { PaymentIntent: null } => OpsEndpoints.Problem(409, "not_refundable", "The order is not paid, or has no payment of its own."),
        _ when left <= 0 => OpsEndpoints.Problem(409, "not_refundable", "The whole payment has been refunded."),
        _ when refund.Amount > left => OpsEndpoints.Problem(
            409, "not_refundable", string.Create(CultureInfo.InvariantCulture, $"amount must be at most {left}, which is left of the payment.")),
        _ => null,
    };

    private static Task<IResult> Answer(string id, Refund made, bool replayed) =>
        Task.FromResult<IResult>(TypedResults.Ok(new Refunded(id, made.Id, made.Status, made.Amount, made.Currency, made.Reason, replayed)));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    internal sealed record RefundBody(string? IdempotencyKey, long? Amount = null, string? Reason = null);

    internal sealed record Refunded(string Id, string RefundId, string Status, long Amount, string Currency, string? Reason, bool Replayed);

    /// <summary>A refund as it is written to the ledger before it is sent.</summary>
    private sealed record Refunding(string PaymentIntent, long Amount, string? Reason);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Order {OrderId}: an operator refunded it ({RefundId}, {Status}).")]
        public static partial void Refunded(ILogger logger, string orderId, string refundId, string status);
    }
}
