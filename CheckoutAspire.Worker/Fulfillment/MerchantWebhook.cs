using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Fulfillment;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Calls the merchant's endpoint for each paid order. Anything but a 2xx is tried again.</summary>
internal sealed partial class MerchantWebhook(MerchantEndpoint endpoint, TimeProvider time) : IFulfillmentHandler
{
    public const string HandlerName = "merchant_webhook";

    public Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken) => endpoint.SendAsync(
        order.IdempotencyKey,
        JsonSerializer.Serialize(new Notice(NoticeTypes.OrderPaid, MerchantEndpoint.Version, time.GetUtcNow(), order), Json.Default.Notice),
        cancellationToken);

    internal sealed record Notice(string Type, string Version, DateTimeOffset Timestamp, PaidOrder Data);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Notice))]
    private sealed partial class Json : JsonSerializerContext;
}
