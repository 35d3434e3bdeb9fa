using System.Net;
using System.Net.Mime;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Access;

/// <summary>Checks the tokens of the sign-in page, and the cookies that were made with them.</summary>
internal sealed class SignIns(IOptions<OpsOptions> ops, IHostEnvironment environment, TimeProvider time) : IDisposable
{
    public const string SchemeName = "operations";

    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wrong = new(1);

    /// <summary>
    /// The operator that a token identifies, or null for a wrong token. All wrong tokens together are answered at one a second; the right one is
    /// answered at once.
    /// </summary>
    public async Task<ClaimsPrincipal?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        if (ops.Value.Accepts(token))
        {
            return Identities.OfToken(ops.Value, SchemeName);
        }

        await _wrong.WaitAsync(cancellationToken);
        try
        {
            await Task.Delay(s_delay, time, cancellationToken);
        }
        finally
        {
            _wrong.Release();
        }

        return null;
    }

    /// <summary>
    /// The developer who follows the link on Aspire's dashboard, or null. The link's token is made for one run of the AppHost, and counts only in development
    /// and on this machine.
    /// </summary>
    public ClaimsPrincipal? AuthenticateLink(string token, IPAddress? remote) =>
        environment.IsDevelopment() && remote is not null && IPAddress.IsLoopback(remote) && ops.Value.AcceptsLink(token)
            ? Identities.OfToken(ops.Value, SchemeName)
            : null;

    /// <summary>Signs operators out whose cookie was made with a token or a provider that is not used any more.</summary>
    public static Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        var credential = context.Principal?.FindFirst(Identities.CredentialClaim)?.Value;
        if (credential != services.GetRequiredService<IOptions<OpsOptions>>().Value.Fingerprint
            && credential != services.GetRequiredService<IOptions<OidcOptions>>().Value.Provider?.Fingerprint)
        {
            context.RejectPrincipal();
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Leads to the sign-in page. A browser withholds the strict cookie from a link of another site, such as a chat: this service's own page then asks for the
    /// sign-in page, which gets the cookie and leads back.
    /// </summary>
    public static Task RedirectAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (!RequestProtection.IsLink(context.Request))
        {
            context.Response.Redirect(context.RedirectUri);
            return Task.CompletedTask;
        }

        var page = $"<!DOCTYPE html><html lang=\"en\"><title>Operations</title><meta http-equiv=\"refresh\" content=\"0; url={HtmlEncoder.Default.Encode(context.RedirectUri)}\"></html>";
        return TypedResults.Text(page, MediaTypeNames.Text.Html, statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context.HttpContext);
    }

    public void Dispose() => _wrong.Dispose();
}
