using CheckoutAspire.Operations.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Pages;

/// <summary>
/// The operators' pages: rendered on the server, with plain links and forms. They use no script, so nothing is lost when a connection is.
/// </summary>
internal static class PagesExtensions
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly string s_style = ReadStyle();

    /// <summary>Adds the headers that protect every response.</summary>
    public static void UsePageProtection(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    });

    public static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/operations.css", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "max-age=300";
            return TypedResults.Text(s_style, "text/css; charset=utf-8");
        });
        endpoints.MapGet("/sign-in", ([FromQuery(Name = AccessExtensions.ReturnParameter)] string? to) =>
            new RazorComponentResult<SignInPage>(new { To = to ?? "" }));
        endpoints.MapPost("/sign-in", SignInAsync);

        var pages = endpoints.MapGroup("").RequireAuthorization(Policies.Pages).AddEndpointFilter(LedgerFilter.ForPagesAsync);
        // The form is bound because binding checks the antiforgery token.
        pages.MapPost("/sign-out", async (IFormCollection _, HttpContext context) =>
        {
            await context.SignOutAsync(SignIns.SchemeName);
            return TypedResults.LocalRedirect("/sign-in");
        });
        pages.MapOrderPages();
        pages.MapDeadLetterPages();
    }

    private static async Task<IResult> SignInAsync(
        [FromForm] string? token, [FromForm(Name = AccessExtensions.ReturnParameter)] string? to, SignIns signIns, HttpContext context)
    {
        if (await signIns.AuthenticateAsync(token ?? "", context.RequestAborted) is not { } principal)
        {
            return new RazorComponentResult<SignInPage>(new { To = to ?? "", Refusal = "This is not the operators' token." }) { StatusCode = 403 };
        }

        await context.SignInAsync(SignIns.SchemeName, principal);
        return TypedResults.LocalRedirect(IsLocal(to) ? to! : "/orders");
    }

    private static bool IsLocal(string? path) => path is ['/', not ('/' or '\\'), ..] && !path.Any(char.IsControl);

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(PagesExtensions).Assembly.GetManifestResourceStream("operations.css")!);
        return reader.ReadToEnd();
    }
}
