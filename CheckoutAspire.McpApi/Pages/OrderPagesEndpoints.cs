using System.Text.Json.Serialization;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>
/// The pages that Stripe sends the buyer to. They show the order's state from the ledger and change nothing: anyone can open these
/// URLs, so only Stripe's signed events prove a payment.
/// </summary>
internal static class OrderPagesEndpoints
{
    /// <summary>Maps the success and cancel pages, and the state that their script polls.</summary>
    public static void MapOrderPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("/checkout").AddEndpointFilter(async (context, next) =>
        {
            var headers = context.HttpContext.Response.Headers;
            headers.CacheControl = "no-store";
            headers.XContentTypeOptions = "nosniff";
            // The URL contains the session's id.
            headers["Referrer-Policy"] = "no-referrer";
            return await next(context);
        });
        pages.MapGet("/success", async (OrderPages orders, HttpContext context) =>
            Html(context, await orders.FindAsync(context.Request.Query, OrderView.AfterPayment)));
        pages.MapGet("/cancel", async (OrderPages orders, HttpContext context) =>
            Html(context, await orders.FindAsync(context.Request.Query, OrderView.AfterCancel)));
        pages.MapGet("/state", async (OrderPages orders, HttpContext context) =>
            Results.Json(
                new OrderPageState((await orders.FindAsync(context.Request.Query, OrderView.AfterPayment)).View.State),
                OrderPageJson.Default.OrderPageState));
    }

    private static IResult Html(HttpContext context, (OrderView View, Order? Order) page)
    {
        context.Response.Headers.ContentSecurityPolicy = OrderPage.ContentSecurityPolicy;
        return Results.Content(OrderPage.Write(page.View, page.Order), "text/html; charset=utf-8");
    }
}

/// <summary>Response of <c>/checkout/state</c>.</summary>
/// <param name="State">The state, which the script compares with the one that the page shows.</param>
internal sealed record OrderPageState(string State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OrderPageState))]
internal sealed partial class OrderPageJson : JsonSerializerContext;
