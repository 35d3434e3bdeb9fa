using CheckoutAspire.Operations.Access;

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

        pages.MapOrderActions();
        pages.MapOrderListActions();
        pages.MapDeadLetterActions();
        pages.MapRefundActions();
        pages.MapRepairActions();
        pages.MapBulkActions();
    }

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(PagesExtensions).Assembly.GetManifestResourceStream("operations.css")!);
        return reader.ReadToEnd();
    }
}
