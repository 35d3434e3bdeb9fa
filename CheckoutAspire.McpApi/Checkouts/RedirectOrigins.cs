using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Checks the URLs that buyers are sent to after the payment page: their origins must be on the operator's list.</summary>
internal sealed class RedirectOrigins(IOptions<OriginOptions> options)
{
    private const int MaxLength = 2048;

    /// <summary>Returns the URL unchanged, or rejects it.</summary>
    /// <remarks><c>Uri.AbsoluteUri</c> would escape <c>{CHECKOUT_SESSION_ID}</c>.</remarks>
    public string Check(string url, string param)
    {
        // Browsers read some characters differently (a backslash is a slash, tabs are removed), so the host could be another one there.
        if (url.Length > MaxLength
            || url.Any(character => character is '\\' || char.IsControl(character) || char.IsWhiteSpace(character))
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.UserInfo.Length > 0)
        {
            throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest,
                $"{param} must be an absolute http or https URL of at most {MaxLength} characters. Omit it to use this server's own page.",
                param);
        }

        if (!options.Value.RedirectOrigins.Contains(uri.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase))
        {
            throw new CheckoutException(
                CheckoutErrorCode.OriginNotAllowed,
                $"{param} must be on an allowed origin ({string.Join(", ", options.Value.RedirectOrigins)}). Omit it to use this server's own page.",
                param);
        }

        return url;
    }
}
