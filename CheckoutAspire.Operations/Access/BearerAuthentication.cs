using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Access;

/// <summary>Authenticates requests of the operators' API: <c>Authorization: Bearer {OPS_TOKEN}</c>.</summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, IOptions<OpsOptions> ops)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private const string Prefix = SchemeName + " ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        return Task.FromResult(header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && ops.Value.Accepts(header[Prefix.Length..])
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName))
            : AuthenticateResult.NoResult());
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        return TypedResults.Problem(
            "The operators' API requires Authorization: Bearer with the value of OPS_TOKEN.",
            statusCode: StatusCodes.Status401Unauthorized,
            extensions: [new("code", "unauthorized")]).ExecuteAsync(Context);
    }
}
