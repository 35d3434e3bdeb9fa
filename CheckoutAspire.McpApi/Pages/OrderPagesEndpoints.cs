using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Localization;
using Microsoft.Extensions.Options;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>
/// The pages that Stripe sends the buyer to. They show the order's state from the ledger and change nothing: anyone can open these
/// URLs, so only Stripe's signed events prove a payment.
/// </summary>
internal static class OrderPagesEndpoints
{
    /// <summary>Maps the success and cancel pages, the state that their script polls, and the short links of payment pages.</summary>
    public static void MapOrderPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ShortLinks.Path + "{id}", async (string id, OrderPages orders, HttpContext context) =>
        {
            var (target, view) = await orders.FindLinkAsync(id);
            return target is not null
                ? Results.Redirect(target)
                : view == OrderView.Unavailable ? Unavailable(context) : Html(context, (view, null), StatusCodes.Status404NotFound);
        }).AddEndpointFilter(ProtectAsync);

        var pages = endpoints.MapGroup("/checkout").AddEndpointFilter(ProtectAsync);
        pages.MapGet("/success", async (OrderPages orders, HttpContext context) =>
            Html(context, await orders.FindAsync(context.Request.Query, OrderView.AfterPayment)));
        pages.MapGet("/cancel", async (OrderPages orders, HttpContext context) =>
            Html(context, await orders.FindAsync(context.Request.Query, OrderView.AfterCancel)));
        pages.MapGet("/state", async (OrderPages orders, HttpContext context) =>
            Results.Json(
                new OrderPageState((await orders.FindAsync(context.Request.Query, OrderView.AfterPayment)).View.State),
                OrderPageJson.Default.OrderPageState));
    }

    private static ValueTask<object?> ProtectAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        // The URL contains the session's or the link's id.
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }

    // The page's script asks for the state of an order, which a link does not name.
    private static IResult Unavailable(HttpContext context)
    {
        context.Response.Headers["Refresh"] = "5";
        return Html(context, (OrderView.Unavailable with { Refreshes = false, IsBusy = false }, null), StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Html(HttpContext context, (OrderView View, Order? Order) page, int status = StatusCodes.Status200OK)
    {
        var language = Language.Of(page.Order?.Locale, context.Request.Headers.AcceptLanguage);
        var seller = context.RequestServices.GetRequiredService<IOptions<SellerOptions>>().Value;
        context.Response.Headers.ContentSecurityPolicy = OrderPage.ContentSecurityPolicy;
        context.Response.Headers.ContentLanguage = language.Tag;
        return Results.Content(OrderPage.Write(page.View, page.Order, seller, language), "text/html; charset=utf-8", statusCode: status);
    }
}

/// <summary>Response of <c>/checkout/state</c>.</summary>
/// <param name="State">The state, which the script compares with the one that the page shows.</param>
internal sealed record OrderPageState(string State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OrderPageState))]
internal sealed partial class OrderPageJson : JsonSerializerContext;
