using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Decides where a buyer may be sent after the payment page: to exact origins that the operator named.</summary>
internal sealed class RedirectOrigins(IOptions<OriginOptions> options)
{
    private const int MaxLength = 2048;

    /// <summary>Accepts the URL as it is written, or refuses it.</summary>
    /// <remarks>The text goes to Stripe unchanged: <c>Uri.AbsoluteUri</c> would escape <c>{CHECKOUT_SESSION_ID}</c>.</remarks>
    public string Check(string url, string param)
    {
        // What parsers read differently (a backslash is a slash in browsers, tabs vanish) could name another host there than here.
        if (url.Length > MaxLength
            || url.Any(character => character is '\\' || char.IsControl(character) || char.IsWhiteSpace(character))
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.UserInfo.Length > 0)
        {
            throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest,
                $"{param} must be an absolute http or https URL of at most {MaxLength} characters; leave it out to use this server's own page.",
                param);
        }

        if (!options.Value.RedirectOrigins.Contains(uri.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase))
        {
            throw new CheckoutException(
                CheckoutErrorCode.OriginNotAllowed,
                $"{param} must stay on an allowed origin ({string.Join(", ", options.Value.RedirectOrigins)}); leave it out to use this server's own page.",
                param);
        }

        return url;
    }
}
