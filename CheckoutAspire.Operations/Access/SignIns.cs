using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Access;

/// <summary>Checks the tokens of the sign-in page.</summary>
internal sealed class SignIns(IOptions<OpsOptions> ops, TimeProvider time) : IDisposable
{
    public const string SchemeName = "operations";

    private const string TokenClaim = "token";

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
            return new ClaimsPrincipal(new ClaimsIdentity([new Claim(TokenClaim, ops.Value.Fingerprint)], SchemeName));
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

    /// <summary>Signs operators out whose cookie was made with a token that is not used any more.</summary>
    public static Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var ops = context.HttpContext.RequestServices.GetRequiredService<IOptions<OpsOptions>>().Value;
        if (context.Principal?.FindFirst(TokenClaim)?.Value != ops.Fingerprint)
        {
            context.RejectPrincipal();
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _wrong.Dispose();
}
