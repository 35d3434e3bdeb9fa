using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Validates access tokens with the authorization server's published keys
/// (<see href="https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-handling">token handling</see>).
/// </summary>
internal sealed class AccessTokens(
    IOptions<AccessOptions> access, IOptions<OriginOptions> app, IOptions<McpEndpoints> endpoints, IHttpClientFactory http, TimeProvider time)
    : IConfigureNamedOptions<JwtBearerOptions>
{
    /// <summary>The client for the authorization server. It has no retries, because a request waits for it.</summary>
    public const string Backchannel = "authorization-server";

    // The types of access tokens (https://www.rfc-editor.org/rfc/rfc9068#section-2.1). Many servers write JWT or nothing.
    private static readonly FrozenSet<string> s_types = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "at+jwt", "application/at+jwt", "JWT");

    // Keycloak writes the kind of the token into a claim of the same name, and its other kinds are not for resource servers.
    private static readonly FrozenSet<string> s_otherKinds = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "ID", "Refresh", "Offline", "Logout");

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

        options.ConfigurationManager = new SigningKeys(
            oauth.MetadataUrl, http.CreateClient(Backchannel), requireHttps: !new Uri(oauth.MetadataUrl).IsLoopback, time);
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
        options.Events = new JwtBearerEvents { OnTokenValidated = AcceptAsync, OnAuthenticationFailed = FailAsync };
    }

    private Task AcceptAsync(TokenValidatedContext context)
    {
        var token = context.Principal!;
        if (RefusalOf((JsonWebToken)context.SecurityToken, context.Request) is { } refusal)
        {
            context.Fail(refusal);
        }
        else if (token.FindFirst(JwtRegisteredClaimNames.Sub)?.Value is { Length: > 0 } subject)
        {
            context.Principal = new ClaimsPrincipal(Caller.OfToken(context.SecurityToken.Issuer, subject, ScopesOf(token)));
            context.HttpContext.Features.Set(new TokenLifetime(context.SecurityToken.ValidTo));
        }
        else
        {
            context.Fail("The token has no subject.");
        }

        return Task.CompletedTask;
    }

    /// <summary>Why a token with a valid signature is refused, or null.</summary>
    private string? RefusalOf(JsonWebToken token, HttpRequest request)
    {
        // https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11: an extension that is not understood makes the token invalid, and none is.
        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            return "The token has a critical header.";
        }

        if (!string.IsNullOrEmpty(token.Typ) && !s_types.Contains(token.Typ))
        {
            return "The token is not an access token.";
        }

        if (token.TryGetPayloadValue<string>("typ", out var kind) && s_otherKinds.Contains(kind))
        {
            return "The token is not an access token.";
        }

        // Each endpoint is a resource of its own (https://www.rfc-editor.org/rfc/rfc8707).
        return access.Value.OAuth!.Audience is null && !token.Audiences.Contains(app.Value.AppOrigin + endpoints.Value.Find(request.Path))
            ? "The token is for another endpoint."
            : null;
    }

    // "scope": "checkout:create checkout:read" (RFC 9068). Some servers write "scp", as text or as an array, which arrives as several claims.
    private static IEnumerable<string> ScopesOf(ClaimsPrincipal token) => token.Claims
        .Where(claim => claim.Type is "scope" or "scp")
        .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Intersect(CheckoutScope.Grantable, StringComparer.Ordinal);

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

/// <summary>The time after which the request's token is invalid, and its streams end.</summary>
/// <param name="Until">In UTC.</param>
internal sealed record TokenLifetime(DateTime Until);

/// <summary>The authorization server's keys could not be read, so the token is neither valid nor invalid.</summary>
internal sealed class SigningKeysUnreachable;
