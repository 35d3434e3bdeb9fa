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
        "Creates a Stripe Checkout Session for one product, or for several as line_items, and returns checkout_url, Stripe's payment page. Show that link to the buyer, who pays there; "
        + "never ask for card data yourself. Then follow the order with get_checkout: only order_state fulfilled means that it is paid and delivered. "
        + "Sell products from list_products by their product_id. Prices are whole numbers of the smallest currency unit. Pass idempotency_key if the call may be repeated, so that it does not sell twice.",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        telemetry,
        logger)
{
    // Cancellation ends the call before the request is stored. A stored request is always completed, because a retry would have to wait for it.
    protected override async Task<InitiateCheckoutOutput> RunAsync(
        InitiateCheckoutInput input, ToolCall call, CancellationToken cancellationToken)
    {
        var request = input.ToRequest();
        var digest = ArgumentsDigest.Of(request);
        var initiation = call.Service<CheckoutInitiation>();
        var handOff = call.Service<BuyerHandOff>();
        if (await handOff.ResumeAsync(call, digest) is { } resumed)
        {
            var continued = await initiation.GetExistingAsync(resumed.SessionId) with { Replayed = false };
            return new InitiateCheckoutOutput(continued, resumed.Outcome ?? await handOff.OfferAsync(call, digest, continued, cancellationToken));
        }

        var started = await initiation.RunAsync(await call.Service<CheckoutRules>().ApplyAsync(request, call.Caller, cancellationToken));
        return new InitiateCheckoutOutput(
            started, input.HandOff == HandOffMode.Elicitation ? await handOff.OfferAsync(call, digest, started, cancellationToken) : null);
    }
}
