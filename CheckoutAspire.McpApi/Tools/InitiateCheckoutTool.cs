using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Sells: creates a Stripe Checkout Session and returns its payment page.</summary>
internal sealed class InitiateCheckoutTool(McpApiTelemetry telemetry, ILogger<InitiateCheckoutTool> logger)
    : CheckoutTool<InitiateCheckoutInput, InitiateCheckoutOutput>(
        "initiate_checkout",
        "Start a checkout",
        "Starts a sale of a product_id from list_products, of product_name and price_cents, of a price_id, or of several as line_items. "
        + "Returns checkout_url, the payment page: show it to the buyer as a link, unchanged, then call wait_for_payment with session_id. "
        + "Only order_state fulfilled means paid and delivered. Never ask for card data. "
        + "If replayed is true, an earlier call made this sale, and this one sold nothing new.",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        telemetry,
        logger)
{
    // Cancellation ends the call before the request is stored. A stored request is always completed, because a retry would have to wait for it.
    protected override async Task<InitiateCheckoutOutput> RunAsync(
        InitiateCheckoutInput input, ToolCall call, CancellationToken cancellationToken)
    {
        // Clients of revision 2026-07-28 have no session.
        var request = input.ToRequest(call.Request.Server.SessionId is { Length: > 0 } session ? session : null);
        var digest = ArgumentsDigest.Of(request);
        var initiation = call.Service<CheckoutInitiation>();
        var handOff = call.Service<BuyerHandOff>();
        if (await handOff.ResumeAsync(call, digest) is { } resumed)
        {
            var existing = await initiation.GetExistingAsync(resumed.Pending.SessionId);
            var continued = existing with { Replayed = false, DeliveryOptions = resumed.Pending.DeliveryOptions };
            return new InitiateCheckoutOutput(continued, resumed.Outcome ?? await handOff.OfferAsync(call, digest, continued, cancellationToken));
        }

        var started = await initiation.RunAsync(await call.Service<CheckoutRules>().ApplyAsync(request, call.Caller, cancellationToken));
        return new InitiateCheckoutOutput(
            started, input.HandOff == HandOffMode.Elicitation ? await handOff.OfferAsync(call, digest, started, cancellationToken) : null);
    }
}
