using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// The authorization server's metadata and keys. One call at a time reads them, for at most five seconds, whatever the number of requests. After a failed
/// call without earlier keys, requests are answered at once while the next call runs in the background.
/// </summary>
/// <remarks>The package's own manager lets each request wait for a call of its own, and reads new keys only every five minutes.</remarks>
internal sealed class SigningKeys(string metadataUrl, HttpClient backchannel, bool requireHttps, TimeProvider time)
    : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>The longest time that a request waits for the authorization server.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // A token with an unknown key costs a call at most this often, because anyone can make up such tokens.
    private static readonly TimeSpan s_minInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_maxAge = TimeSpan.FromHours(1);

    private static readonly Task<OpenIdConnectConfiguration?> s_noAnswer = Task.FromResult<OpenIdConnectConfiguration?>(null);

    private readonly Lock _lock = new();
    private OpenIdConnectConfiguration? _current;
    private Task<OpenIdConnectConfiguration?>? _reading;
    private readonly AsyncLocal<Task?> _awaited = new();
    private bool _hasRead;
    private long _readAt;
    private long _requestedAt;

    /// <inheritdoc/>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        var (reading, current) = Start(isRequested: false);
        return current
            ?? await reading.WaitAsync(cancel)
            ?? throw new InvalidOperationException("The authorization server's keys cannot be read.");
    }

    /// <summary>The metadata. A request whose token names an unknown key waits for the call that it has started, and no other request does.</summary>
    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel)
    {
        if (_awaited.Value is { } reading)
        {
            _awaited.Value = null;
            await reading.WaitAsync(cancel);
        }

        return await GetConfigurationAsync(cancel);
    }

    /// <summary>Reads the keys again, because a token names an unknown one.</summary>
    public override void RequestRefresh() => _awaited.Value = Start(isRequested: true).Reading;

    private (Task<OpenIdConnectConfiguration?> Reading, OpenIdConnectConfiguration? Current) Start(bool isRequested)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_reading is null || (_reading.IsCompleted && IsDue(isRequested, now)))
            {
                (_readAt, _requestedAt) = (now, isRequested ? now : _requestedAt);
                _reading = Task.Run(ReadAsync);
            }

            // Without keys, only the first requests wait. Later ones know that the server did not answer.
            return (isRequested || !_hasRead ? _reading : s_noAnswer, _current);
        }
    }

    private bool IsDue(bool isRequested, long now) => isRequested
        ? _requestedAt == 0 || time.GetElapsedTime(_requestedAt, now) >= s_minInterval
        : time.GetElapsedTime(_readAt, now) >= (_current is null ? s_minInterval : s_maxAge);

    private async Task<OpenIdConnectConfiguration?> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        try
        {
            var read = await OpenIdConnectConfigurationRetriever.GetAsync(metadataUrl, new Documents(backchannel, requireHttps), timeout.Token);
            return Complete(read);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or HttpRequestException or ArgumentException
            or InvalidOperationException or System.Text.Json.JsonException or SecurityTokenException)
        {
            return Complete(null);
        }
    }

    private OpenIdConnectConfiguration? Complete(OpenIdConnectConfiguration? read)
    {
        lock (_lock)
        {
            (_current, _hasRead) = (read ?? _current, true);
            return read;
        }
    }

    /// <summary>Reads documents within the timeout. The package's own retriever does not pass it on, and tries twice.</summary>
    private sealed class Documents(HttpClient http, bool requireHttps) : IDocumentRetriever
    {
        public Task<string> GetDocumentAsync(string address, CancellationToken cancel) =>
            Uri.TryCreate(address, UriKind.Absolute, out var uri) && (!requireHttps || uri.Scheme == Uri.UriSchemeHttps)
                ? http.GetStringAsync(uri, cancel)
                : throw new InvalidOperationException("The authorization server's metadata name an address that is not https.");
    }
}
