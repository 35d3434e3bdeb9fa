using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CheckoutAspire.Operations.Access;

/// <summary>The sign-in at the OpenID Connect provider: the authorization code flow with PKCE.</summary>
internal static class ProviderSignIn
{
    public const string SchemeName = "oidc";

    /// <summary>Where the provider sends the browser back to. It is registered there.</summary>
    public const string CallbackPath = "/sign-in/callback";

    /// <summary>The sign-in page's query parameter that says why a sign-in has failed.</summary>
    public const string ProblemParameter = "problem";

    private const string NoRole = "no-role";

    // A role that is taken away at the provider ends here within this time.
    private static readonly TimeSpan s_session = TimeSpan.FromHours(1);

    public static void AddProvider(this AuthenticationBuilder authentication, OidcProvider provider) => authentication.AddOpenIdConnect(SchemeName, options =>
    {
        options.Authority = provider.Authority.ToString();
        options.RequireHttpsMetadata = provider.RequiresHttps;
        options.BackchannelTimeout = AccessTokens.Timeout;
        (options.ClientId, options.ClientSecret) = (provider.ClientId, provider.ClientSecret);
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.Scope.Clear();
        foreach (var scope in provider.Scopes)
        {
            options.Scope.Add(scope);
        }

        options.SignInScheme = SignIns.SchemeName;
        options.CallbackPath = CallbackPath;
        (options.RemoteSignOutPath, options.SignedOutCallbackPath) = (default, default);
        options.MapInboundClaims = false;
        options.DisableTelemetry = true;
        options.TokenValidationParameters.ValidAlgorithms = AccessTokens.Algorithms;
        foreach (var cookie in new[] { options.NonceCookie, options.CorrelationCookie })
        {
            // The provider's answer is a link, which a lax cookie accompanies. Over https both are secure.
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
        }

        options.Events = new OpenIdConnectEvents
        {
            OnTokenValidated = context =>
            {
                if (Identities.OfClaims(context.Principal!, provider, SignIns.SchemeName) is { } known)
                {
                    context.Principal = known;
                    context.Properties!.ExpiresUtc = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + s_session;
                }
                else
                {
                    context.HandleResponse();
                    context.Response.Redirect($"/sign-in?{ProblemParameter}={NoRole}");
                }

                return Task.CompletedTask;
            },
            OnRemoteFailure = context =>
            {
                context.HandleResponse();
                context.Response.Redirect($"/sign-in?{ProblemParameter}=failed");
                return Task.CompletedTask;
            },
        };
    });

    /// <summary>Sends the browser to the provider.</summary>
    /// <returns>Whether the provider could be reached.</returns>
    public static async Task<bool> TryChallengeAsync(HttpContext context, string path)
    {
        try
        {
            await context.ChallengeAsync(SchemeName, new AuthenticationProperties { RedirectUri = path });
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The sentence for a problem of the sign-in page's address.</summary>
    public static string? Describe(string? problem) => problem switch
    {
        null or "" => null,
        NoRole => "Your account has no role here. It needs the role of a viewer or an operator.",
        _ => "The sign-in did not succeed. Try again.",
    };
}
