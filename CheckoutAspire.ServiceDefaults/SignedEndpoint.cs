using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Configuration;
using StandardWebhooks;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// An endpoint of the merchant that is called with signed webhooks, as <see href="https://www.standardwebhooks.com">Standard Webhooks</see> specifies:
/// <c>webhook-id: fulfill/cs_…</c>, <c>webhook-timestamp: 1763884800</c>, <c>webhook-signature: v1,K5oZfz…</c>. Its address and its secret come from two
/// variables, for example <c>FULFILLMENT_URL</c> and <c>FULFILLMENT_SECRET</c>: both or neither.
/// </summary>
/// <param name="prefix">The variables' prefix, for example <c>FULFILLMENT</c>.</param>
/// <param name="content">What the endpoint receives, for the sentence that requires https.</param>
public abstract class SignedEndpoint(string prefix, string content) : IReadOptions
{
    private const string SecretPrefix = "whsec_";

    /// <summary>The key: the Base64 after <c>whsec_</c>, decoded, as Standard Webhooks specifies.</summary>
    private byte[] _key = [];

    /// <summary>The address; null if the endpoint is not configured.</summary>
    public Uri? Url { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        var (url, secret) = (configuration[prefix + "_URL"], configuration[prefix + "_SECRET"]);
        if (string.IsNullOrEmpty(url))
        {
            ConfigurationErrors = string.IsNullOrEmpty(secret) ? [] : [$"{prefix}_SECRET is set, but {prefix}_URL is not: set both or neither."];
            return;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            ConfigurationErrors = [$"{prefix}_URL is not an http or https URL."];
        }
        else if (parsed.Scheme is "http" && !parsed.IsLoopback)
        {
            ConfigurationErrors = [$"{prefix}_URL must be https, because it receives {content}."];
        }
        else if (!TryDecode(secret, out var key))
        {
            ConfigurationErrors =
            [
                $"{prefix}_SECRET is missing or not a Standard Webhooks secret: whsec_ and the Base64 of 24 to 64 random bytes, "
                    + "for example from `echo whsec_$(openssl rand -base64 32)`.",
            ];
        }
        else
        {
            (Url, _key) = (parsed, key);
        }
    }

    /// <summary>Sends one message.</summary>
    /// <param name="client">The client, which must not follow redirects: a call is signed for one address.</param>
    /// <param name="id">The same for every attempt at this message.</param>
    /// <param name="body">The message, as JSON.</param>
    /// <param name="now">The time of this attempt.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="EndpointRefusedException">The endpoint does not answer 2xx.</exception>
    /// <exception cref="HttpRequestException">The endpoint does not answer.</exception>
    public async Task SendAsync(HttpClient client, string id, string body, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", new StandardWebhook(_key).Sign(id, now, body));
        request.Headers.Add("Idempotency-Key", id);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var retryAfter = response.Headers.RetryAfter;
            throw new EndpointRefusedException(
                $"The endpoint answered {(int)response.StatusCode}.", inner: null, response.StatusCode, retryAfter?.Delta ?? (retryAfter?.Date - now) ?? TimeSpan.Zero);
        }
    }

    /// <summary>Why a message was not taken, without any of the content: an HTTP status, or the exception's kind.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        HttpRequestException { StatusCode: { } status } => $"HTTP {(int)status}",
        HttpRequestException http => $"no HTTP response: {http.HttpRequestError}",
        TimeoutException or OperationCanceledException => "timeout",
        null => "",
        _ => exception.GetType().Name,
    };

    /// <summary>How long the endpoint has asked to wait before the next attempt, by <c>Retry-After: 120</c> or a date; zero if it has not.</summary>
    public static TimeSpan RetryAfter(Exception exception) => exception is EndpointRefusedException { RetryAfter: { Ticks: > 0 } asked } ? asked : TimeSpan.Zero;

    private static bool TryDecode(string? secret, out byte[] key)
    {
        key = [];
        if (secret is null || !secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<byte> decoded = stackalloc byte[128];
        if (!Convert.TryFromBase64String(secret[SecretPrefix.Length..], decoded, out var length) || length is < 24 or > 64)
        {
            return false;
        }

        key = decoded[..length].ToArray();
        return true;
    }
}
