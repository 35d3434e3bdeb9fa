using System.Collections.Frozen;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.Operations.Access;

/// <summary>Validates access tokens for the operators' API with the keys that the OpenID Connect provider publishes.</summary>
internal sealed class AccessTokens(IOptions<OidcOptions> oidc) : IConfigureNamedOptions<JwtBearerOptions>
{
    public const string SchemeName = "access-token";

    /// <summary>Asymmetric signatures only: "none" and shared secrets are not accepted.</summary>
    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>How long a request waits for the provider.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // https://www.rfc-editor.org/rfc/rfc9068#section-2.1. Many providers write JWT or nothing.
    private static readonly FrozenSet<string> s_types = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "at+jwt", "application/at+jwt", "JWT");

    public void Configure(JwtBearerOptions options) => Configure(SchemeName, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        if (name != SchemeName || oidc.Value.Provider is not { } provider)
        {
            return;
        }

        options.Authority = provider.Authority.ToString();
        options.RequireHttpsMetadata = provider.RequiresHttps;
        options.BackchannelTimeout = Timeout;
        options.MapInboundClaims = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = provider.Audience,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
        };
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                if (IsAccessToken((JsonWebToken)context.SecurityToken) && Identities.OfClaims(context.Principal!, provider, SchemeName) is { } known)
                {
                    context.Principal = known;
                }
                else
                {
                    context.Fail("The token is not an access token of a viewer or an operator.");
                }

                return Task.CompletedTask;
            },

            // Without Fail the handler throws, for example while the provider does not answer.
            OnAuthenticationFailed = context =>
            {
                context.Fail(context.Exception);
                return Task.CompletedTask;
            },
        };
    }

    /// <summary>
    /// Whether this is not an ID token, which has the same issuer and may have the same audience: ours contain a nonce, and Keycloak writes the kind of
    /// token into a claim.
    /// </summary>
    private static bool IsAccessToken(JsonWebToken token) =>
        (string.IsNullOrEmpty(token.Typ) || s_types.Contains(token.Typ))
        && !token.TryGetHeaderValue<object>("crit", out _)
        && !token.TryGetPayloadValue<object>("nonce", out _)
        && !(token.TryGetPayloadValue<string>("typ", out var kind) && kind is "ID" or "Refresh" or "Offline" or "Logout");
}
