using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Stripe;

/// <summary>The Stripe account of the key (<c>GET /v1/account</c>); registered by services that compare it with the ledger.</summary>
public sealed class StripeAccount(IOptions<StripeOptions> options) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private string? _id;
    private bool _refused;

    /// <summary>The account's id, <c>acct_…</c>.</summary>
    /// <returns>Null if Stripe does not answer, or if the key is restricted and may not read the account.</returns>
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        if (_id is not null || _refused)
        {
            return _id;
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(options.Value.ApiBase, "/v1/account"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.SecretKey.Value);
            using var response = await _http.SendAsync(request, cancellationToken);
            _refused = (int)response.StatusCode is >= 400 and < 429;
            if (response.IsSuccessStatusCode)
            {
                using var account = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                _id = account.RootElement.TryGetProperty("id", out var id) ? id.GetString() : null;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Asked again later.
        }

        return _id;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
