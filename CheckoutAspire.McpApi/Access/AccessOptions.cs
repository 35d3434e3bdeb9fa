using System.Globalization;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Credentials, rate limits and the audit's retention: <c>CHECKOUT_API_KEYS</c>, <c>CHECKOUT_OAUTH_…</c>, <c>CHECKOUT_RATE_LIMIT_…</c>,
/// <c>CHECKOUT_AUDIT_RETENTION</c>.
/// </summary>
internal sealed class AccessOptions : IReadOptions
{
    private const int MaxPerMinute = 1_000_000;

    public IReadOnlyList<ApiKey> ApiKeys { get; private set; } = [];

    /// <summary>The authorization server whose tokens are accepted, or null.</summary>
    public OAuthOptions? OAuth { get; private set; }

    /// <summary>Whether callers must present credentials. Otherwise any client that reaches the server may do everything.</summary>
    public bool RequiresCredentials => ApiKeys.Count > 0 || OAuth is not null;

    /// <summary>Sales and cancellations per principal and minute; null when the operator has set no limit.</summary>
    public int? CreatesPerMinute { get; private set; }

    /// <summary>All other requests per principal and minute; null when the operator has set no limit.</summary>
    public int? ReadsPerMinute { get; private set; }

    /// <summary>How long the audit is kept.</summary>
    public TimeSpan AuditRetention { get; private set; } = TimeSpan.FromDays(400);

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <inheritdoc/>
    public void Read(IConfiguration configuration) => ConfigurationErrors =
    [
        .. ((string?[])
        [
            ReadApiKeys(configuration),
            ReadOAuth(configuration),
            ReadLimit(configuration, "CHECKOUT_RATE_LIMIT_CREATES", limit => CreatesPerMinute = limit),
            ReadLimit(configuration, "CHECKOUT_RATE_LIMIT_READS", limit => ReadsPerMinute = limit),
            ReadRetention(configuration),
        ]).OfType<string>(),
    ];

    private string? ReadApiKeys(IConfiguration configuration)
    {
        List<ApiKey> keys = [];
        foreach (var text in (configuration["CHECKOUT_API_KEYS"] ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!ApiKey.TryParse(text, out var key, out var error))
            {
                return error;
            }

            if (keys.Any(other => other.Name == key.Name))
            {
                return $"CHECKOUT_API_KEYS has two keys named {key.Name}; each key needs its own name.";
            }

            keys.Add(key);
        }

        ApiKeys = keys;
        return null;
    }

    private string? ReadOAuth(IConfiguration configuration)
    {
        string[] further = ["CHECKOUT_OAUTH_AUDIENCE", "CHECKOUT_OAUTH_ISSUER", "CHECKOUT_OAUTH_METADATA_URL"];
        if (configuration["CHECKOUT_OAUTH_AUTHORITY"] is not { Length: > 0 } authority)
        {
            return further.FirstOrDefault(name => configuration[name] is { Length: > 0 }) is { } alone
                ? $"{alone} requires CHECKOUT_OAUTH_AUTHORITY, the authorization server."
                : null;
        }

        var metadata = configuration["CHECKOUT_OAUTH_METADATA_URL"] is { Length: > 0 } url
            ? url
            : authority.TrimEnd('/') + "/.well-known/openid-configuration";
        if (!IsTrusted(authority) || !IsTrusted(metadata))
        {
            return "CHECKOUT_OAUTH_AUTHORITY and CHECKOUT_OAUTH_METADATA_URL must be https, or http on this machine, because tokens are verified with "
                + "the keys published there.";
        }

        OAuth = new OAuthOptions(
            authority,
            metadata,
            configuration["CHECKOUT_OAUTH_ISSUER"] is { Length: > 0 } issuer ? issuer : authority,
            configuration["CHECKOUT_OAUTH_AUDIENCE"] is { Length: > 0 } audience ? audience : null);
        return null;
    }

    private static bool IsTrusted(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static string? ReadLimit(IConfiguration configuration, string name, Action<int> set)
    {
        if (configuration[name] is not { Length: > 0 } text)
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > MaxPerMinute)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number of calls a minute from 1 to {MaxPerMinute}.");
        }

        set(limit);
        return null;
    }

    private string? ReadRetention(IConfiguration configuration)
    {
        if (configuration["CHECKOUT_AUDIT_RETENTION"] is not { Length: > 0 } text)
        {
            return null;
        }

        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var retention) || retention < TimeSpan.FromHours(1))
        {
            return "CHECKOUT_AUDIT_RETENTION must be at least one hour, for example 400.00:00:00 for 400 days.";
        }

        AuditRetention = retention;
        return null;
    }
}

/// <summary>The authorization server, and the claims that its tokens must have.</summary>
/// <param name="Authority">The server's identifier, published to clients.</param>
/// <param name="MetadataUrl">The address of its metadata, which name its issuer and its keys.</param>
/// <param name="Issuer">The required issuer.</param>
/// <param name="Audience">The required audience; null for this server's own resource identifiers.</param>
internal sealed record OAuthOptions(string Authority, string MetadataUrl, string Issuer, string? Audience);
