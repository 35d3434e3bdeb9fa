using System.Diagnostics.CodeAnalysis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Where buyers are sent: <c>APP_BASE_URL</c> and <c>CHECKOUT_ALLOWED_ORIGINS</c>.</summary>
public sealed class OriginOptions
{
    internal const string DefaultAddress = "http://localhost:5080";

    /// <summary>Origin of the success and cancel pages, without a trailing slash; this service's own local address by default.</summary>
    public string AppOrigin { get; private set; } = DefaultAddress;

    /// <summary>Every origin that <c>success_url</c> and <c>cancel_url</c> may use, <see cref="AppOrigin"/> first.</summary>
    public IReadOnlyList<string> RedirectOrigins { get; private set; } = [DefaultAddress];

    internal string? Refusal { get; private set; }

    internal void Read(IConfiguration configuration)
    {
        List<string> origins = [];
        var appBaseUrl = configuration["APP_BASE_URL"] is { Length: > 0 } configured ? configured : DefaultAddress;
        if (!TryAddOrigin("APP_BASE_URL", appBaseUrl, origins, out var refusal))
        {
            Refusal = refusal;
            return;
        }

        foreach (var origin in (configuration["CHECKOUT_ALLOWED_ORIGINS"] ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!TryAddOrigin("CHECKOUT_ALLOWED_ORIGINS", origin, origins, out refusal))
            {
                Refusal = refusal;
                return;
            }
        }

        (AppOrigin, RedirectOrigins) = (origins[0], origins);
    }

    private static bool TryAddOrigin(string name, string value, List<string> origins, [NotNullWhen(false)] out string? refusal)
    {
        refusal = null;
        if (!Uri.TryCreate(value.Trim(), UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0)
        {
            refusal = $"{name} must hold an origin, which is scheme, host and port alone, for example https://shop.example.";
            return false;
        }

        origins.Add(uri.GetLeftPart(UriPartial.Authority));
        return true;
    }
}
