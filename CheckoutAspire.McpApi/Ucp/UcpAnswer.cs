using System.Text.Json;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The answer of a call, as it is sent and as it is repeated.</summary>
/// <param name="Json">A checkout, an order or an error response.</param>
internal sealed record UcpAnswer(string Json)
{
    public static UcpAnswer Of(UcpCheckout checkout) => new(JsonSerializer.Serialize(checkout, UcpJsonOptions.Unescaped.UcpCheckout));

    public static UcpAnswer Of(UcpOrder order) => new(JsonSerializer.Serialize(order, UcpJsonOptions.Unescaped.UcpOrder));

    public static UcpAnswer Of(UcpErrorResponse failure) => new(JsonSerializer.Serialize(failure, UcpJsonOptions.Unescaped.UcpErrorResponse));
}
