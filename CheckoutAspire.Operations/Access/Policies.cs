using Microsoft.AspNetCore.Authorization;

namespace CheckoutAspire.Operations.Access;

/// <summary>
/// The authorization policies. A request is authorized before its body is read: a viewer may send <c>GET</c> and <c>HEAD</c> only, so an endpoint that changes
/// something must have another method.
/// </summary>
internal static class Policies
{
    /// <summary>The operators' API: <c>OPS_TOKEN</c> or an access token in every request.</summary>
    public const string Api = "api";

    /// <summary>The pages: a cookie.</summary>
    public const string Pages = "pages";

    /// <summary>Signing out, and the search form, which viewers may use too.</summary>
    public const string SignedIn = "signed-in";

    public static void Add(AuthorizationBuilder authorization) => authorization
        .AddPolicy(Api, policy => policy.AddAuthenticationSchemes(BearerAuthentication.SchemeName).RequireAuthenticatedUser().RequireAssertion(MayAct))
        .AddPolicy(Pages, policy => policy.AddAuthenticationSchemes(SignIns.SchemeName).RequireAuthenticatedUser().RequireAssertion(MayAct))
        .AddPolicy(SignedIn, policy => policy.AddAuthenticationSchemes(SignIns.SchemeName).RequireAuthenticatedUser());

    private static bool MayAct(AuthorizationHandlerContext context) =>
        Identities.MayAct(context.User)
        || (context.User.IsInRole(Identities.Viewer) && context.Resource is HttpContext { Request.Method: var method } && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)));
}
