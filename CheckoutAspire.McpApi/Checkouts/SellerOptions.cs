using System.Net.Mail;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>The seller, as buyers see it: <c>CHECKOUT_SELLER_NAME</c>, <c>CHECKOUT_SUPPORT_URL</c> and <c>CHECKOUT_SHOP_URL</c>.</summary>
public sealed class SellerOptions : IReadOptions
{
    private const int MaxNameLength = 100;

    private readonly List<string> _errors = [];

    /// <summary>The seller's name, or null.</summary>
    public string? Name { get; private set; }

    /// <summary>Where buyers get help: a page or an e-mail address (<c>mailto:</c>), or null.</summary>
    public string? SupportUrl { get; private set; }

    /// <summary>The shop's page, or null.</summary>
    public string? ShopUrl { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        Name = configuration["CHECKOUT_SELLER_NAME"]?.Trim() is { Length: > 0 } name ? name : null;
        if (Name is not null && (Name.Length > MaxNameLength || Name.Any(char.IsControl)))
        {
            _errors.Add($"CHECKOUT_SELLER_NAME must be at most {MaxNameLength} characters, without line breaks and other control characters.");
        }

        SupportUrl = Address(configuration, "CHECKOUT_SUPPORT_URL", orMail: true);
        ShopUrl = Address(configuration, "CHECKOUT_SHOP_URL", orMail: false);
    }

    private string? Address(IConfiguration configuration, string variable, bool orMail)
    {
        if (configuration[variable]?.Trim() is not { Length: > 0 } value)
        {
            return null;
        }

        if (Uri.TryCreate(value, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback) || (orMail && IsMail(uri)))
            && (uri.Scheme == Uri.UriSchemeMailto || uri.UserInfo.Length == 0))
        {
            return uri.AbsoluteUri;
        }

        _errors.Add(orMail
            ? $"{variable} must be an https address or an e-mail address, for example mailto:help@shop.example."
            : $"{variable} must be an https address, for example https://shop.example.");
        return null;
    }

    private static bool IsMail(Uri uri) =>
        uri.Scheme == Uri.UriSchemeMailto && uri.Query.Length == 0 && MailAddress.TryCreate(uri.AbsoluteUri["mailto:".Length..], out _);
}
