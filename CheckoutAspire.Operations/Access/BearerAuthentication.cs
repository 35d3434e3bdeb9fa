using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Access;

/// <summary>
/// Authenticates requests of the operators' API: <c>Authorization: Bearer</c> with <c>OPS_TOKEN</c>, or with an access token of the OpenID Connect provider.
/// </summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, IOptions<OpsOptions> ops, IOptions<OidcOptions> oidc)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private const string Prefix = SchemeName + " ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        if (ops.Value.Accepts(header[Prefix.Length..]))
        {
            return AuthenticateResult.Success(new AuthenticationTicket(Identities.OfToken(ops.Value, SchemeName), SchemeName));
        }

        return oidc.Value.Provider is not null && await Context.AuthenticateAsync(AccessTokens.SchemeName) is { Succeeded: true, Principal: { } principal }
            ? AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName))
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        return RefuseAsync(
            StatusCodes.Status401Unauthorized,
            "unauthorized",
            oidc.Value.Provider is null
                ? "The operators' API requires Authorization: Bearer with the value of OPS_TOKEN."
                : "The operators' API requires Authorization: Bearer with the value of OPS_TOKEN or an access token of the OpenID Connect provider.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        RefuseAsync(StatusCodes.Status403Forbidden, "forbidden", "A viewer may read. Only an operator may act.");

    private Task RefuseAsync(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]).ExecuteAsync(Context);
}
