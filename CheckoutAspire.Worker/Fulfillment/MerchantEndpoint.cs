using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using StandardWebhooks;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// Calls the merchant's endpoint, signed as <see href="https://www.standardwebhooks.com">Standard Webhooks</see> specifies:
/// <c>webhook-id: fulfill/cs_…</c>, <c>webhook-timestamp: 1763884800</c>, <c>webhook-signature: v1,K5oZfz…</c>.
/// </summary>
internal sealed class MerchantEndpoint(IHttpClientFactory clients, IOptions<MerchantWebhookOptions> options, TimeProvider time)
{
    /// <summary>The version of the notices' form. Members are added without a new version; docs/fulfillment.md has the rules.</summary>
    public const string Version = "2026-11-26";

    /// <summary>The name of the HTTP client.</summary>
    public const string ClientName = MerchantWebhook.HandlerName;

    /// <summary>How long the endpoint may take to answer one attempt.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(30);

    private readonly MerchantWebhookOptions _options = options.Value;

    /// <summary>Sends a notice.</summary>
    /// <param name="id">The same for every attempt at this notice.</param>
    /// <param name="body">The notice.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HttpRequestException">The endpoint does not answer 2xx.</exception>
    public async Task SendAsync(string id, string body, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", new StandardWebhook(_options.Key).Sign(id, now, body));
        request.Headers.Add("Idempotency-Key", id);

        using var client = clients.CreateClient(ClientName);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
