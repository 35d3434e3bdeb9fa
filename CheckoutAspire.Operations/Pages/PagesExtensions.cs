using CheckoutAspire.Operations.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CheckoutAspire.Operations.Pages;

/// <summary>
/// The operators' pages: rendered on the server, with plain links and forms. They need no script, so nothing is lost when a connection is.
/// </summary>
internal static class PagesExtensions
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The policy of the page that has a script.</summary>
    public const string PolicyWithScript = Policy + "; script-src 'self'; connect-src 'self'";

    private static readonly string s_style = Read("operations.css");
    private static readonly string s_script = Read("status.js");

    /// <summary>Adds the headers that protect every response.</summary>
    public static void UsePageProtection(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        // As the protection of forms sets it, which logs a warning when it has to change the header.
        headers.CacheControl = "no-cache, no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    });

    public static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/operations.css", (HttpContext context) => Asset(context, s_style, "text/css; charset=utf-8"));
        endpoints.MapSignIn();

        // A search is a form, and a viewer may search too.
        endpoints.MapGroup("").RequireAuthorization(Policies.SignedIn).MapFind();

        var pages = endpoints.MapGroup("").RequireAuthorization(Policies.Pages);
        pages.MapOrderPages();
        pages.MapOrderListPages();
        pages.MapDeadLetterPages();
        pages.MapRefundPages();
        pages.MapRepairPages();
        pages.MapBulkPages();
        pages.MapStatusPages();
        pages.MapGet("/status.js", (HttpContext context) => Asset(context, s_script, "text/javascript; charset=utf-8"));

        pages.MapOrderActions();
        pages.MapOrderListActions();
        pages.MapDeadLetterActions();
        pages.MapRefundActions();
        pages.MapRepairActions();
        pages.MapBulkActions();
    }

    private static ContentHttpResult Asset(HttpContext context, string content, string type)
    {
        context.Response.Headers.CacheControl = "max-age=300";
        return TypedResults.Text(content, type);
    }

    private static string Read(string asset)
    {
        using var reader = new StreamReader(typeof(PagesExtensions).Assembly.GetManifestResourceStream(asset)!);
        return reader.ReadToEnd();
    }
}
