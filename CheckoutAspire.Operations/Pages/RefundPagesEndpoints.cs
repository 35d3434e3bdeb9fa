using System.Globalization;
using System.Security.Cryptography;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that refund an order: the amount, the confirmation, and the refund.</summary>
internal static class RefundPagesEndpoints
{
    private const int KeyBytes = 16;

    public static void MapRefundPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/orders/{id}/refund", async (string id, OrderLedger orders) =>
            await orders.FindAsync(id) is { } order ? (IResult)new RazorComponentResult<RefundPage>(new { Order = order }) : OrderPagesEndpoints.NotFound());
        pages.MapGet("/orders/{id}/refund/confirm", ConfirmAsync);
    }

    public static void MapRefundActions(this IEndpointRouteBuilder actions) => actions.MapPost("/orders/{id}/refund", RefundAsync);

    private static async Task<IResult> ConfirmAsync(string id, string? amount, string? reason, OrderLedger orders)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return OrderPagesEndpoints.NotFound();
        }

        var (left, refusal) = (OrderRefunds.LeftOf(order), "");
        var chosen = OrderRefunds.Reasons.Contains(reason) ? reason : null;
        var entered = string.IsNullOrWhiteSpace(amount) ? left : Amount.Read(amount, order.Currency, out refusal);
        if (entered is null || entered > left || left == 0)
        {
            refusal = refusal.Length > 0 ? refusal : left == 0 ? "Nothing is left to refund." : $"At most {Amount.Write(left, order.Currency)} is left to refund.";
            return new RazorComponentResult<RefundPage>(new { Order = order, Refusal = refusal, Entered = amount, Chosen = chosen })
            {
                StatusCode = StatusCodes.Status409Conflict,
            };
        }

        // One confirmation refunds once, however often it is sent.
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        return ConfirmationPage.Of(Confirm(order, new RefundForm(null, null, entered.Value, chosen, key)));
    }

    private static async Task<IResult> RefundAsync(string id, [AsParameters] RefundForm form, OrderRefunds refunds, OrderLedger orders)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return OrderPagesEndpoints.NotFound();
        }

        var ask = Confirm(order, form);
        if (Reason.Join(form.Who, form.Why) is not { } why)
        {
            return ConfirmationPage.Of(ask.Refused(Reason.Missing, form.Who, form.Why));
        }

        if (form is not { Key.Length: > 0 and <= 64, Amount: > 0 } || (form.Reason is { Length: > 0 } reason && !OrderRefunds.Reasons.Contains(reason)))
        {
            return ConfirmationPage.Of(ask.Refused("The form is incomplete. Begin again from the order's page.", form.Who, form.Why));
        }

        var result = await refunds.RefundAsync(id, new OperatorRefund(form.Key, form.Amount, form.Reason is { Length: > 0 } ? form.Reason : null, why));
        return result.Outcome switch
        {
            RefundOutcome.Made => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=refunded"),
            RefundOutcome.NotFound => OrderPagesEndpoints.NotFound(),
            RefundOutcome.Unreachable => ConfirmationPage.Of(ask.Refused(
                "Stripe did not answer as expected, and may have made the refund. Confirm it again: the same refund is not made twice.", form.Who, form.Why)),
            RefundOutcome.InFlight => ConfirmationPage.Of(ask.Refused("The same refund is being made. Confirm it again in a minute to see the result.", form.Who, form.Why)),
            _ => ConfirmationPage.Of(ask.Refused(result.Detail, form.Who, form.Why)),
        };
    }

    private static Confirmation Confirm(Order order, RefundForm form)
    {
        var amount = Amount.Write(form.Amount, order.Currency);
        var after = OrderRefunds.LeftOf(order) - form.Amount;
        return new Confirmation(
            $"Refund {amount}",
            $"This asks Stripe to send {amount} back to the buyer.",
            $"A refund that has succeeded cannot be taken back. {Amount.Write(Math.Max(0, after), order.Currency)} of the payment stays with you. "
            + order.Fulfillment switch
            {
                OrderFulfillment.Fulfilled => "It does not take back what was delivered.",
                OrderFulfillment.Held => "The order stays held until an operator decides.",
                OrderFulfillment.Rejected => "The order is rejected, and stays so.",
                _ => "The order is not fulfilled yet, and the refund holds it for review.",
            },
            $"Refund {amount}",
            $"/orders/{order.SessionId}/refund",
            $"/orders/{order.SessionId}")
        {
            Facts =
            [
                new("Order", order.Number),
                new("Paid", Amount.Write(order.AmountTotal, order.Currency)),
                new("Refunded so far", Amount.Write(order.AmountRefunded, order.Currency)),
                new("Reason for Stripe", form.Reason is { Length: > 0 } reason ? reason.Replace('_', ' ') : "none"),
            ],
            Fields = [new("amount", form.Amount.ToString(CultureInfo.InvariantCulture)), new("reason", form.Reason ?? ""), new("key", form.Key ?? "")],
        };
    }

    /// <summary>A confirmed refund. <paramref name="Amount"/> is in the minor unit, as the page before computed it.</summary>
    internal sealed record RefundForm(
        [FromForm(Name = "who")] string? Who,
        [FromForm(Name = "why")] string? Why,
        [FromForm(Name = "amount")] long Amount,
        [FromForm(Name = "reason")] string? Reason,
        [FromForm(Name = "key")] string? Key);
}
