using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that have an order tried now, compare it with Stripe, and pause and resume handlers.</summary>
internal static class RepairPagesEndpoints
{
    public static void MapRepairPages(this IEndpointRouteBuilder pages)
    {
        foreach (var action in new[] { "retry", "reread" })
        {
            pages.MapGet("/orders/{id}/" + action, async (string id, OrderLedger orders) =>
                await orders.FindAsync(id) is { } order ? (IResult)ConfirmationPage.Of(Confirm(order, action)) : OrderPagesEndpoints.NotFound());
        }

        foreach (var pauses in new[] { true, false })
        {
            pages.MapGet("/handlers/{name}/" + (pauses ? "pause" : "resume"), async (string name, HandlerSwitch handlers) =>
                await handlers.FindAsync(name) is { } handler ? (IResult)ConfirmationPage.Of(Confirm(handler, pauses)) : UnknownHandler());
        }
    }

    public static void MapRepairActions(this IEndpointRouteBuilder actions)
    {
        actions.MapPost("/orders/{id}/retry", RetryAsync);
        actions.MapPost("/orders/{id}/reread", RereadAsync);
        foreach (var pauses in new[] { true, false })
        {
            actions.MapPost("/handlers/{name}/" + (pauses ? "pause" : "resume"), async (
                string name, [FromForm] string? who, [FromForm] string? why, HandlerSwitch handlers) =>
                await SwitchAsync(name, pauses, who, why, handlers));
        }
    }

    private static async Task<IResult> RetryAsync(string id, [FromForm] string? who, [FromForm] string? why, OrderLedger orders, OperatorLedger ledger)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return OrderPagesEndpoints.NotFound();
        }

        var ask = Confirm(order, "retry");
        if (Reason.Join(who, why) is not { } reason)
        {
            return ConfirmationPage.Of(ask.Refused(Reason.Missing, who, why));
        }

        return await ledger.RetryAsync(id, reason) switch
        {
            Retry.Retried => TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=retried"),
            Retry.Busy => ConfirmationPage.Of(ask.Refused("A worker has the order now. Look at its page again in a minute.", who, why)),
            Retry.GivenUp => ConfirmationPage.Of(ask.Refused("The order was given up. Redrive its dead letter instead.", who, why)),
            Retry.Paused => ConfirmationPage.Of(ask.Refused("The order waits for a paused handler. Resume the handler instead.", who, why)),
            Retry.Unknown => OrderPagesEndpoints.NotFound(),
            _ => ConfirmationPage.Of(ask.Refused("The order waits for no attempt any more.", who, why)),
        };
    }

    private static async Task<IResult> RereadAsync(string id, [FromForm] string? who, [FromForm] string? why, OrderLedger orders, OperatorLedger ledger)
    {
        if (await orders.FindAsync(id) is not { } order)
        {
            return OrderPagesEndpoints.NotFound();
        }

        if (Reason.Join(who, why) is not { } reason)
        {
            return ConfirmationPage.Of(Confirm(order, "reread").Refused(Reason.Missing, who, why));
        }

        await ledger.RereadAsync(id, reason);
        return TypedResults.LocalRedirect($"/orders/{Uri.EscapeDataString(id)}?done=reread");
    }

    private static async Task<IResult> SwitchAsync(string name, bool pauses, string? who, string? why, HandlerSwitch handlers)
    {
        if (await handlers.FindAsync(name) is not { } handler)
        {
            return UnknownHandler();
        }

        if (Reason.Join(who, why) is not { } reason)
        {
            return ConfirmationPage.Of(Confirm(handler, pauses).Refused(Reason.Missing, who, why));
        }

        await handlers.SetAsync(name, pauses, reason);
        return TypedResults.LocalRedirect("/handlers?done=" + (pauses ? "paused" : "resumed"));
    }

    private static Confirmation Confirm(Order order, string action) => action == "retry"
        ? new Confirmation(
            $"Try order {order.Number} now",
            "This has a worker try to fulfill the order within seconds, instead of when its next attempt is due.",
            "It counts as an attempt. Handlers that are done already are not called again, and an order that is fulfilled is not fulfilled again.",
            "Try the order now",
            $"/orders/{order.SessionId}/retry",
            $"/orders/{order.SessionId}")
        : new Confirmation(
            $"Compare order {order.Number} with Stripe",
            "This has a worker read the order's payment, refunds, disputes and subscription from Stripe within seconds.",
            "What the ledger does not know yet is applied as if its event had just arrived: a payment that Stripe confirms may fulfill the order. What the ledger knows already "
            + "changes nothing. The timeline then says what Stripe reported.",
            "Compare with Stripe",
            $"/orders/{order.SessionId}/reread",
            $"/orders/{order.SessionId}");

    private static Confirmation Confirm(HandlerState handler, bool pauses) => pauses
        ? new Confirmation(
            $"Pause the handler {handler.Name}",
            "This stops every call of the handler within a few seconds, until an operator resumes it.",
            "Payments are still recorded. Orders that need the handler wait, use up no attempts, and count as owed. Calls that are running end normally.",
            "Pause the handler",
            $"/handlers/{Uri.EscapeDataString(handler.Name)}/pause",
            "/handlers")
        : new Confirmation(
            $"Resume the handler {handler.Name}",
            "This calls the handler again within a few seconds.",
            "The orders that wait for it are tried at once, the longest waiting first. If it still fails, it pauses again by itself.",
            "Resume the handler",
            $"/handlers/{Uri.EscapeDataString(handler.Name)}/resume",
            "/handlers");

    private static RazorComponentResult<MessagePage> UnknownHandler() => OrderPagesEndpoints.Message("Handler not found", "The workers of this ledger have no such handler.");
}
