using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Access;

/// <summary>
/// Registers who may use what: the API with a token in each request, the pages with a cookie that the token or a sign-in at the provider was exchanged for.
/// </summary>
internal static class AccessExtensions
{
    /// <summary>The query parameter of the sign-in page with the page to go to afterwards.</summary>
    public const string ReturnParameter = "to";

    /// <summary>Where a viewer is sent who tried to act.</summary>
    public const string ForbiddenPath = "/forbidden";

    private static readonly TimeSpan s_session = TimeSpan.FromHours(8);

    public static void AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddReadOptions<OpsOptions>();
        services.AddReadOptions<OidcOptions>();
        services.AddSingleton<SignIns>();
        var authentication = services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.SchemeName, null)
            .AddJwtBearer(AccessTokens.SchemeName, null, _ => { })
            .AddCookie(SignIns.SchemeName, options =>
            {
                options.LoginPath = "/sign-in";
                options.AccessDeniedPath = ForbiddenPath;
                options.ReturnUrlParameter = ReturnParameter;
                options.ExpireTimeSpan = s_session;
                options.SlidingExpiration = false;
                options.Cookie.Name = "operations";
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Strict;
                options.Events.OnValidatePrincipal = SignIns.ValidateAsync;
                options.Events.OnRedirectToLogin = SignIns.RedirectAsync;
            });
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, AccessTokens>();
        var oidc = new OidcOptions();
        oidc.Read(configuration);
        if (oidc.Provider is { } provider)
        {
            authentication.AddProvider(provider);
        }

        Policies.Add(services.AddAuthorizationBuilder());
        services.AddAntiforgery(options => (options.Cookie.Name, options.Cookie.SecurePolicy) = ("operations-forms", CookieSecurePolicy.SameAsRequest));
        services.AddDataProtection().SetApplicationName("checkout-aspire-operations");
        services.AddOptions<KeyManagementOptions>()
            .Configure<IConnectionMultiplexer>((options, redis) => options.XmlRepository = new RedisKeyRing(redis));
    }

    /// <summary>Authenticates and authorizes each request before any of its body is read.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseSiteProtection();
        app.Use((context, next) => context.Request.Path == ProviderSignIn.CallbackPath && !HttpMethods.IsGet(context.Request.Method)
            ? TypedResults.StatusCode(StatusCodes.Status405MethodNotAllowed).ExecuteAsync(context)
            : next(context));
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseBodyLimit();
        app.UseAntiforgery();
        app.UseSignedForms();
    }
}
