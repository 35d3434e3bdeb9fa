using CheckoutAspire.Operations.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Pages;

/// <summary>Signing in by the token, at the OpenID Connect provider or by the link on Aspire's dashboard, and signing out.</summary>
internal static class SignInEndpoints
{
    private const string Home = "/orders";
    private const string Page = "/sign-in";

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Page, ShowAsync);
        endpoints.MapPost(Page, SignInAsync);
        endpoints.MapGet("/sign-in/provider", GoToProviderAsync);

        // The form is bound because binding checks the antiforgery token.
        endpoints.MapPost("/sign-out", async (IFormCollection _, HttpContext context) =>
        {
            await context.SignOutAsync(SignIns.SchemeName);
            return TypedResults.LocalRedirect(Page);
        }).RequireAuthorization(Policies.SignedIn);
        endpoints.MapGet(AccessExtensions.ForbiddenPath, () => new RazorComponentResult<MessagePage>(new
        {
            Title = "Not allowed",
            Message = "Your role is that of a viewer, who may read. Only an operator may act.",
        })
        { StatusCode = StatusCodes.Status403Forbidden }).RequireAuthorization(Policies.Pages);
    }

    private static async Task<IResult> ShowAsync(
        [FromQuery(Name = AccessExtensions.ReturnParameter)] string? to,
        [FromQuery(Name = "t")] string? link,
        [FromQuery(Name = ProviderSignIn.ProblemParameter)] string? problem,
        SignIns signIns,
        IOptions<OidcOptions> oidc,
        HttpContext context)
    {
        if (link is not null)
        {
            // The redirect takes the token out of the browser's address and history.
            if (signIns.AuthenticateLink(link, context.Connection.RemoteIpAddress) is not { } developer)
            {
                return TypedResults.LocalRedirect(Page);
            }

            await context.SignInAsync(SignIns.SchemeName, developer);
            return TypedResults.LocalRedirect(Local(to));
        }

        return (await context.AuthenticateAsync(SignIns.SchemeName)).Succeeded
            ? TypedResults.LocalRedirect(Local(to))
            : Show(to, oidc.Value, ProviderSignIn.Describe(problem));
    }

    private static async Task<IResult> SignInAsync(
        [FromForm] string? token, [FromForm(Name = AccessExtensions.ReturnParameter)] string? to, SignIns signIns, IOptions<OidcOptions> oidc, HttpContext context)
    {
        if (await signIns.AuthenticateAsync(token ?? "", context.RequestAborted) is not { } principal)
        {
            return Show(to, oidc.Value, "This is not the operators' token.", StatusCodes.Status403Forbidden);
        }

        await context.SignInAsync(SignIns.SchemeName, principal);
        return TypedResults.LocalRedirect(Local(to));
    }

    private static async Task<IResult> GoToProviderAsync(
        [FromQuery(Name = AccessExtensions.ReturnParameter)] string? to, IOptions<OidcOptions> oidc, HttpContext context) =>
        oidc.Value.Provider is null ? TypedResults.NotFound()
        : await ProviderSignIn.TryChallengeAsync(context, Local(to)) ? Results.Empty
        : Show(to, oidc.Value, "The provider does not answer at the moment. Try again in a minute.", StatusCodes.Status503ServiceUnavailable);

    private static RazorComponentResult<SignInPage> Show(string? to, OidcOptions oidc, string? refusal, int status = StatusCodes.Status200OK) =>
        new(new { To = to ?? "", Refusal = refusal, Provider = oidc.Provider?.Authority.Host }) { StatusCode = status };

    private static string Local(string? path) => path is ['/', not ('/' or '\\'), ..] && !path.Any(char.IsControl) ? path : Home;
}
