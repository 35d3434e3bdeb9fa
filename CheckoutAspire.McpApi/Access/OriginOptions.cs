using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Access;

/// <summary>This server's public origin and the origins that buyers may be sent to: <c>APP_BASE_URL</c> and <c>CHECKOUT_ALLOWED_ORIGINS</c>.</summary>
public sealed class OriginOptions : IReadOptions
{
    internal const string DefaultAddress = "http://localhost:5080";

    private readonly List<string> _errors = [];

    /// <summary>Origin of this server and its pages, without a trailing slash; its own local address by default.</summary>
    public string AppOrigin { get; private set; } = DefaultAddress;

    /// <summary>Every origin that <c>success_url</c> and <c>cancel_url</c> may use, <see cref="AppOrigin"/> first.</summary>
    public IReadOnlyList<string> RedirectOrigins { get; private set; } = [DefaultAddress];

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        AppOrigin = Origin("APP_BASE_URL", configuration["APP_BASE_URL"] is { Length: > 0 } configured ? configured : DefaultAddress);
        RedirectOrigins =
        [
            AppOrigin,
            .. (configuration["CHECKOUT_ALLOWED_ORIGINS"] ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(origin => Origin("CHECKOUT_ALLOWED_ORIGINS", origin)),
        ];
    }

    private string Origin(string name, string value)
    {
        if (Uri.TryCreate(value.Trim(), UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri is { UserInfo.Length: 0, PathAndQuery: "/", Fragment.Length: 0 })
        {
            return uri.GetLeftPart(UriPartial.Authority);
        }

        _errors.Add($"{name} must be an origin: scheme, host and port without a path, for example https://shop.example.");
        return DefaultAddress;
    }
}
