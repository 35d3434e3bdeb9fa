using System.Text.Json;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The response to a call, which is replayed for its idempotency key.</summary>
/// <param name="Json">A checkout, an order or an error response.</param>
internal sealed record UcpResponse(string Json)
{
    public static UcpResponse Of(UcpCheckout checkout) => new(JsonSerializer.Serialize(checkout, UcpJsonOptions.Unescaped.UcpCheckout));

    public static UcpResponse Of(UcpOrder order) => new(JsonSerializer.Serialize(order, UcpJsonOptions.Unescaped.UcpOrder));

    public static UcpResponse Of(UcpErrorResponse failure) => new(JsonSerializer.Serialize(failure, UcpJsonOptions.Unescaped.UcpErrorResponse));
}
