using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Calls the merchant's endpoint with signed notices.</summary>
internal sealed class MerchantEndpoint(IHttpClientFactory clients, IOptions<MerchantWebhookOptions> options, TimeProvider time)
{
    /// <summary>The version of the notices' form. Members are added without a new version; docs/fulfillment.md has the rules.</summary>
    public const string Version = "2026-11-26";

    /// <summary>The name of the HTTP client.</summary>
    public const string ClientName = MerchantWebhook.HandlerName;

    /// <summary>How long the endpoint may take to answer one attempt.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(30);

    /// <summary>Sends a notice.</summary>
    /// <param name="id">The same for every attempt at this notice.</param>
    /// <param name="body">The notice.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HttpRequestException">The endpoint does not answer 2xx.</exception>
    public async Task SendAsync(string id, string body, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ClientName);
        await options.Value.SendAsync(client, id, body, time.GetUtcNow(), cancellationToken);
    }
}
