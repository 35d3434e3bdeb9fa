using System.Globalization;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Waits for the buyer: returns when the order is settled, and reports each step as progress.</summary>
internal sealed class WaitForPaymentTool(McpApiTelemetry telemetry, ILogger<WaitForPaymentTool> logger)
    : CheckoutTool<WaitForPaymentInput, CheckoutDetails>(
        "wait_for_payment",
        "Wait for the payment",
        "Waits until the order is fulfilled, failed, expired or needs_review, and returns the result of get_checkout. Call it once the buyer has "
        + "checkout_url. If still_waiting is true, nothing is wrong: call it again.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger,
        ToolSchema.SameOutputAs("get_checkout"))
{
    protected override Task<CheckoutDetails> RunAsync(WaitForPaymentInput input, ToolCall call, CancellationToken cancellationToken)
    {
        var timeout = TimeSpan.FromSeconds(input.TimeoutSeconds ?? WaitForPaymentInput.DefaultTimeoutSeconds);
        return call.Service<CheckoutWait>().RunAsync(
            input.SessionId, call.Caller, input.BuyerRef, timeout, (checkout, waited) => ReportAsync(call, checkout, waited, timeout, cancellationToken), cancellationToken);
    }

    private static Task ReportAsync(ToolCall call, CheckoutDetails checkout, TimeSpan waited, TimeSpan timeout, CancellationToken cancellationToken) =>
        call.Request.Params?.ProgressToken is { } token
            ? call.Request.Server.NotifyProgressAsync(
                token,
                new ProgressNotificationValue
                {
                    Progress = (float)waited.TotalSeconds,
                    Total = (float)timeout.TotalSeconds,
                    Message = Describe(checkout),
                },
                cancellationToken: cancellationToken)
            : Task.CompletedTask;

    private static string Describe(CheckoutDetails checkout) => checkout.State switch
    {
        OrderState.AwaitingPayment => "The buyer has completed the payment page, and the bank has been asked to pay, which can take some days.",
        OrderState.Claimed => "The buyer has paid; the order is being fulfilled.",
        OrderState.Created => checkout.ExpiresAt is { } until
            ? $"The buyer has not paid yet; the payment page is open until {until.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture)} UTC."
            : "The buyer has not paid yet.",
        _ => "The seller's ledger does not have this session yet.",
    };
}
