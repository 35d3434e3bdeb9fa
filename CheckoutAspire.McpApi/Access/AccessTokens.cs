using System.IdentityModel.Tokens.Jwt;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Validates access tokens with the authorization server's published keys
/// (<see href="https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-handling">token handling</see>).
/// </summary>
internal sealed class AccessTokens(IOptions<AccessOptions> access, IOptions<OriginOptions> app, IOptions<McpEndpoints> endpoints)
    : IConfigureNamedOptions<JwtBearerOptions>
{
    // Asymmetric signatures only: "none" and shared secrets are not accepted.
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(1);

    public void Configure(JwtBearerOptions options) => Configure(JwtBearerDefaults.AuthenticationScheme, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        if (access.Value.OAuth is not { } oauth)
        {
            return;
        }

        options.MetadataAddress = oauth.MetadataUrl;
        options.RequireHttpsMetadata = !new Uri(oauth.MetadataUrl).IsLoopback;
        options.MapInboundClaims = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = oauth.Issuer,
            ValidAudiences = oauth.Audience is { } audience ? [audience] : endpoints.Value.Paths.Select(path => app.Value.AppOrigin + path),
            ValidAlgorithms = s_algorithms,
            ValidateIssuerSigningKey = true,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = s_clockSkew,
        };
        options.Events = new JwtBearerEvents { OnTokenValidated = NameCaller, OnAuthenticationFailed = FailAsync };
    }

    private static Task NameCaller(TokenValidatedContext context)
    {
        var token = context.Principal!;
        if (token.FindFirst(JwtRegisteredClaimNames.Sub)?.Value is { Length: > 0 } subject)
        {
            context.Principal = new ClaimsPrincipal(Caller.OfToken(context.SecurityToken.Issuer, subject, ScopesOf(token)));
        }
        else
        {
            context.Fail("The token has no subject.");
        }

        return Task.CompletedTask;
    }

    // "scope": "checkout:create checkout:read" (RFC 9068). Some servers write "scp", as text or as an array, which arrives as several claims.
    private static IEnumerable<string> ScopesOf(ClaimsPrincipal token) => token.Claims
        .Where(claim => claim.Type is "scope" or "scp")
        .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Intersect(CheckoutScope.All, StringComparer.Ordinal);

    // A token is not invalid only because the keys cannot be read. Without Fail the handler would throw.
    private static async Task FailAsync(AuthenticationFailedContext context)
    {
        if (context.Exception is SecurityTokenSignatureKeyNotFoundException or not SecurityTokenException)
        {
            try
            {
                await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted);
            }
            catch (InvalidOperationException)
            {
                context.HttpContext.Features.Set(new SigningKeysUnreachable());
            }
        }

        context.Fail(context.Exception);
    }
}

/// <summary>The authorization server's keys could not be read, so the token is neither valid nor invalid.</summary>
internal sealed class SigningKeysUnreachable;
