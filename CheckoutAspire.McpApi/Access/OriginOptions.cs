using System.Text.RegularExpressions;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// This server's public origin, the origins that buyers may be sent to, and those of web pages that may call: <c>APP_BASE_URL</c>,
/// <c>CHECKOUT_ALLOWED_ORIGINS</c> and <c>CHECKOUT_CLIENT_ORIGINS</c>.
/// </summary>
public sealed partial class OriginOptions : IReadOptions
{
    internal const string DefaultAddress = "http://localhost:5080";

    private readonly List<string> _errors = [];

    /// <summary>Origin of this server and its pages, without a trailing slash; its own local address by default.</summary>
    public string AppOrigin { get; private set; } = DefaultAddress;

    /// <summary>Every origin that <c>success_url</c> and <c>cancel_url</c> may use, <see cref="AppOrigin"/> first.</summary>
    public IReadOnlyList<string> RedirectOrigins { get; private set; } = [DefaultAddress];

    /// <summary>The origins of web pages that may call this server, in addition to its own and this machine's.</summary>
    public IReadOnlyList<string> ClientOrigins { get; private set; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        AppOrigin = Origin("APP_BASE_URL", configuration["APP_BASE_URL"] is { Length: > 0 } configured ? configured : DefaultAddress);
        RedirectOrigins = [AppOrigin, .. Origins(configuration, "CHECKOUT_ALLOWED_ORIGINS")];
        ClientOrigins = [.. Origins(configuration, "CHECKOUT_CLIENT_ORIGINS")];
    }

    /// <summary>Whether an <c>Origin</c> header is that of a page that may call: this server's, a configured one, or any port of this machine.</summary>
    public bool IsClientOrigin(string origin) =>
        OfThisMachine().IsMatch(origin)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && ClientOrigins.Prepend(AppOrigin).Contains(uri.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase));

    private IEnumerable<string> Origins(IConfiguration configuration, string name) => (configuration[name] ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(origin => Origin(name, origin));

    // Uri would read other names as localhost too.
    [GeneratedRegex(@"^https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?\z", RegexOptions.IgnoreCase)]
    private static partial Regex OfThisMachine();

    private string Origin(string name, string value)
    {
        if (Uri.TryCreate(value.Trim(), UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            && uri is { UserInfo.Length: 0, PathAndQuery: "/", Fragment.Length: 0 })
        {
            return uri.GetLeftPart(UriPartial.Authority);
        }

        _errors.Add($"{name} must be an origin: scheme, host and port without a path, for example https://shop.example.");
        return DefaultAddress;
    }
}
