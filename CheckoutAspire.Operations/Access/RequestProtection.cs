using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Primitives;

namespace CheckoutAspire.Operations.Access;

/// <summary>Refuses requests that another site's page sends, and bodies that are too large, and signs forms with the operator's name.</summary>
internal static class RequestProtection
{
    /// <summary>The largest body of a request.</summary>
    public const int LargestBody = 4096;

    /// <summary>The form field with the name of the person who decides.</summary>
    public const string NameField = "who";

    /// <summary>
    /// Refuses what pages of other sites send, except links to a page
    /// (<see href="https://developer.mozilla.org/en-US/docs/Glossary/Fetch_metadata_request_header">fetch metadata</see>). Clients that are no browsers send no
    /// such headers.
    /// </summary>
    public static void UseSiteProtection(this IApplicationBuilder app) => app.Use((context, next) =>
        IsOwnOrLink(context.Request)
            ? next(context)
            : RefuseAsync(context, StatusCodes.Status403Forbidden, "cross_site", "Another site's page sent this request."));

    /// <summary>Refuses a body by its announced length, without reading it. Kestrel ends bodies of unknown length at the same size.</summary>
    public static void UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.ContentLength is null or <= LargestBody
            ? next(context)
            : RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "too_large", "The body must have at most 4 KiB."));

    /// <summary>Puts the name of the signed-in operator into forms in place of what the browser sent, if the credential identifies a person.</summary>
    public static void UseSignedForms(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (Identities.NameOf(context.User) is { } name && context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: true })
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            context.Request.Form = new FormCollection(
                new Dictionary<string, StringValues>(form, StringComparer.OrdinalIgnoreCase) { [NameField] = name });
        }

        await next(context);
    });

    /// <summary>Whether the request is a link on another site, which the browser follows without this service's strict cookies.</summary>
    public static bool IsLink(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" && HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";

    private static bool IsOwnOrLink(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() switch
    {
        "same-origin" or "none" => true,
        "" => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || IsOwnOrigin(request),
        _ => HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document",
    };

    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is not { Length: > 0 } origin
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private static Task RefuseAsync(HttpContext context, int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]).ExecuteAsync(context);
}
