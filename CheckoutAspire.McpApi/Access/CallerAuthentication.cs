using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Authenticates the caller by an API key (<c>X-API-Key</c>, or as bearer) or by an access token.</summary>
internal sealed class CallerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptions<AccessOptions> access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Caller";
    private const string ApiKeyHeader = "X-API-Key";
    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!access.Value.RequiresCredentials || Presented() is not { Length: > 0 } credential)
        {
            return AuthenticateResult.NoResult();
        }

        if (FindKey(credential) is { } key)
        {
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(Caller.OfKey(key)), Scheme));
        }

        return access.Value.OAuth is not null && !Request.Headers.ContainsKey(ApiKeyHeader)
            ? await Context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme)
            : AuthenticateResult.Fail("The key is not in CHECKOUT_API_KEYS.");
    }

    private string? Presented()
    {
        if (Request.Headers.TryGetValue(ApiKeyHeader, out var key))
        {
            return key.ToString();
        }

        var authorization = Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : null;
    }

    // Compares every key, so that the duration does not reveal which one matched.
    private ApiKey? FindKey(string credential)
    {
        var digest = ApiKey.DigestOf(credential);
        ApiKey? found = null;
        foreach (var key in access.Value.ApiKeys)
        {
            found = key.Matches(digest) ? key : found;
        }

        return found;
    }
}
