using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Access;

/// <summary>Registers who may use what: the API with the token in each request, the pages with a cookie that the token was exchanged for.</summary>
internal static class AccessExtensions
{
    /// <summary>The query parameter of the sign-in page with the page to go to afterwards.</summary>
    public const string ReturnParameter = "to";

    private static readonly TimeSpan s_session = TimeSpan.FromHours(8);

    public static void AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<SignIns>();
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.SchemeName, null)
            .AddCookie(SignIns.SchemeName, options =>
            {
                options.LoginPath = "/sign-in";
                options.ReturnUrlParameter = ReturnParameter;
                options.ExpireTimeSpan = s_session;
                options.Cookie.Name = "operations";
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Strict;
                options.Events.OnValidatePrincipal = SignIns.ValidateAsync;
            });
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Api, policy => policy.AddAuthenticationSchemes(BearerAuthentication.SchemeName).RequireAuthenticatedUser())
            .AddPolicy(Policies.Pages, policy => policy.AddAuthenticationSchemes(SignIns.SchemeName).RequireAuthenticatedUser());

        services.AddAntiforgery(options => options.Cookie.Name = "operations-forms");
        services.AddDataProtection().SetApplicationName("checkout-aspire-operations");
        services.AddOptions<KeyManagementOptions>()
            .Configure<IConnectionMultiplexer>((options, redis) => options.XmlRepository = new RedisKeyRing(redis));
    }
}
