using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Fulfillment;
using Microsoft.Extensions.Options;
using StandardWebhooks;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// Calls the merchant's endpoint for each paid order, signed as <see href="https://www.standardwebhooks.com">Standard Webhooks</see>
/// specifies: <c>webhook-id: fulfill/cs_…</c>, <c>webhook-timestamp: 1763884800</c>, <c>webhook-signature: v1,K5oZfz…</c>.
/// Anything but a 2xx is tried again.
/// </summary>
internal sealed partial class MerchantWebhook(
    IHttpClientFactory clients, IOptions<MerchantWebhookOptions> options, TimeProvider time) : IFulfillmentHandler
{
    public const string HandlerName = "merchant_webhook";

    /// <summary>The version of the notices' form. Members are added without a new version; docs/fulfillment.md has the rules.</summary>
    public const string Version = "2026-11-26";

    /// <summary>How long the endpoint may take to answer one attempt.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(30);

    private readonly MerchantWebhookOptions _options = options.Value;

    public async Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var body = JsonSerializer.Serialize(new Notice("order.paid", Version, now, order), Json.Default.Notice);
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", order.IdempotencyKey);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", new StandardWebhook(_options.Key).Sign(order.IdempotencyKey, now, body));
        request.Headers.Add("Idempotency-Key", order.IdempotencyKey);

        using var client = clients.CreateClient(HandlerName);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    internal sealed record Notice(string Type, string Version, DateTimeOffset Timestamp, PaidOrder Data);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Notice))]
    private sealed partial class Json : JsonSerializerContext;
}
