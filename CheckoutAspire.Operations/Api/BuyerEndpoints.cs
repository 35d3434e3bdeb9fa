using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Api;

/// <summary>What is stored about an order or a buyer, and its deletion on the buyer's request.</summary>
internal static class BuyerEndpoints
{
    public static void MapBuyers(this IEndpointRouteBuilder ops)
    {
        ops.MapGet("/orders/{id}", async (string id, BuyerData data) =>
            await data.ExportAsync(id) is { } order ? TypedResults.Ok(order) : (IResult)NotFound());
        ops.MapGet("/buyers/export", ExportAsync);
        ops.MapPost("/buyers/forget", ForgetAsync);
    }

    private static async Task<IResult> ExportAsync(
        BuyerData data,
        [FromQuery(Name = "order_id")] string? orderId,
        string? principal,
        [FromQuery(Name = "buyer_ref")] string? buyerRef,
        [FromQuery(Name = "client_reference_id")] string? clientReferenceId)
    {
        var selection = new BuyerSelection(orderId, principal, buyerRef, clientReferenceId);
        if (!selection.IsComplete)
        {
            return SelectionMissing();
        }

        var orders = new List<StoredOrder>();
        foreach (var id in await data.FindAsync(selection))
        {
            orders.AddRange(await data.ExportAsync(id) is { } order ? [order] : []);
        }

        return TypedResults.Ok(new OpsEndpoints.Listed<StoredOrder>(orders, null));
    }

    private static async Task<IResult> ForgetAsync(Forget request, BuyerData data)
    {
        var selection = new BuyerSelection(request.OrderId, request.Principal, request.BuyerRef, request.ClientReferenceId);
        if (request.Reason is not { Length: > 0 and <= 500 } reason)
        {
            return OpsEndpoints.MissingReason();
        }

        if (!selection.IsComplete)
        {
            return SelectionMissing();
        }

        var count = 0;
        foreach (var id in await data.FindAsync(selection))
        {
            count += await data.ForgetAsync(id, reason) ? 1 : 0;
        }

        return TypedResults.Ok(new Forgotten(count));
    }

    private static ProblemHttpResult NotFound() => OpsEndpoints.Problem(404, "not_found", "The order does not exist.");

    private static ProblemHttpResult SelectionMissing() => OpsEndpoints.Problem(
        400, "selection_missing", "Name an order_id, or a principal together with a buyer_ref or a client_reference_id.");

    internal sealed record Forget(string? Reason, string? OrderId = null, string? Principal = null, string? BuyerRef = null, string? ClientReferenceId = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };
    }

    internal sealed record Forgotten(int Orders);
}
