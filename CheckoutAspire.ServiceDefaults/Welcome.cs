using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>The response to <c>GET /</c>, for people who open a service's address.</summary>
public static class Welcome
{
    /// <summary>Maps <c>/</c> to a text that says what the service is and which addresses it has. Other unknown paths stay 404.</summary>
    public static void MapWelcome(this IEndpointRouteBuilder endpoints, string text) =>
        endpoints.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], context =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text);
        });
}
