using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Api;

/// <summary>The fulfillment handlers: how they stand, and their pause and resumption by operators.</summary>
internal static class HandlerEndpoints
{
    public static void MapHandlers(this IEndpointRouteBuilder ops)
    {
        ops.MapGet("/handlers", async (HandlerLedger ledger) => new OpsEndpoints.Listed<HandlerState>(await ledger.ListAsync(), null));
        foreach (var pauses in new[] { true, false })
        {
            ops.MapPost("/handlers/{name}/" + (pauses ? "pause" : "resume"), async (string name, OpsEndpoints.Why why, HandlerSwitch handlers) =>
                await SwitchAsync(name, pauses, why, handlers));
        }
    }

    private static async Task<IResult> SwitchAsync(string name, bool pauses, OpsEndpoints.Why why, HandlerSwitch handlers)
    {
        if (!why.IsGiven)
        {
            return OpsEndpoints.MissingReason();
        }

        if (await handlers.FindAsync(name) is null)
        {
            return OpsEndpoints.Problem(404, "not_found", "The workers of this ledger have no such handler.");
        }

        await handlers.SetAsync(name, pauses, why.Reason);
        return TypedResults.Ok(new OpsEndpoints.Decided(name, pauses ? "paused" : "resumed"));
    }
}
