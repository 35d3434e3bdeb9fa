using Microsoft.Net.Http.Headers;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The sandbox's version of <c>checkout.stripe.com</c>.</summary>
internal static class PageEndpoints
{
    private const long MaximumBody = 16 * 1024;

    public static void MapHostedPage(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("/c").AddEndpointFilter(SecureAsync);
        pages.MapGet("/pay/{id}", static (string id, HttpRequest request, PayPage page) => page.Render(id, request.Headers.AcceptLanguage) is { } html
            ? Html(html)
            : Html(PageHtml.Missing(Texts.Of(session: null, request.Headers.AcceptLanguage)), StatusCodes.Status404NotFound));
        pages.MapPost("/pay/{id}", static (string id, PayRequest request, HttpRequest http, PayPage page, CancellationToken cancellationToken) =>
            page.PayAsync(id, request, http.Headers.AcceptLanguage, cancellationToken)).WithMetadata(new BodyLimit(MaximumBody));
        pages.MapPost("/pay/{id}/promotion", static (string id, PromotionRequest request, HttpRequest http, PayPage page) =>
            page.EnterPromotion(id, request, http.Headers.AcceptLanguage))
            .WithMetadata(new BodyLimit(MaximumBody));
        pages.MapPost("/pay/{id}/currency", static (string id, CurrencyRequest request, HttpRequest http, PayPage page) =>
            page.Localize(id, request, http.Headers.AcceptLanguage))
            .WithMetadata(new BodyLimit(MaximumBody));
        pages.MapPost("/pay/{id}/estimate", static (string id, EstimateRequest request, HttpRequest http, PayPage page) =>
            page.Estimate(id, request, http.Headers.AcceptLanguage))
            .WithMetadata(new BodyLimit(MaximumBody));
        pages.MapDelete("/pay/{id}/promotion", static (string id, PayPage page) => page.RemovePromotion(id));
        pages.MapGet("/pay/{id}/challenge", static (string id, HttpRequest request, PayPage page) =>
            page.RenderChallenge(id, request.Headers.AcceptLanguage) is null ? Results.NotFound() : Html(Texts.English.Fill("challenge-outer.html", ("id", id))));
        pages.MapGet("/pay/{id}/challenge/frame", static (string id, HttpRequest request, PayPage page) =>
            page.RenderChallenge(id, request.Headers.AcceptLanguage) is { } html ? Html(html) : Results.NotFound());
        pages.MapPost("/pay/{id}/challenge", static (string id, ChallengeAnswer answer, HttpRequest http, PayPage page, CancellationToken cancellationToken) =>
            page.AnswerAsync(id, answer, http.Headers.AcceptLanguage, cancellationToken)).WithMetadata(new BodyLimit(MaximumBody));
        pages.MapGet("/assets/{name}.css", static (string name) => Assets.Find($"{name}.css") is { } style
            ? Results.Text(style, "text/css; charset=utf-8")
            : Results.NotFound());
        pages.MapGet("/assets/{name}.js", static (string name) => Assets.Find($"{name}.js") is { } script
            ? Results.Text(script, "text/javascript; charset=utf-8")
            : Results.NotFound());
    }

    public static IResult Html(string html, int status = StatusCodes.Status200OK) =>
        Results.Text(html, "text/html; charset=utf-8", statusCode: status);

    /// <summary>Blocks content from other hosts, and framing by pages of other origins.</summary>
    public static ValueTask<object?> SecureAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
            + "frame-ancestors 'self'; form-action 'none'; base-uri 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers[HeaderNames.CacheControl] = "no-store";
        return next(context);
    }

    private sealed class BodyLimit(long bytes) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => bytes;
    }
}
