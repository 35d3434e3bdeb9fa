using System.Text.Json.Nodes;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Maps operations of the API: each request passes through the <see cref="ApiPipeline"/>.</summary>
internal static class ApiOperations
{
    public static void MapOperation(this IEndpointRouteBuilder endpoints, string method, string pattern, ApiOperation operation) =>
        endpoints.MapMethods(
            pattern, [method], (HttpContext context, ApiPipeline pipeline) => pipeline.InvokeAsync(context, operation));

    /// <summary>Maps <c>GET {pattern}/{id}</c>.</summary>
    public static void MapRetrieve<T>(this IEndpointRouteBuilder endpoints, string pattern, string kind)
        where T : class, IHasId =>
        endpoints.MapOperation(HttpMethods.Get, $"{pattern}/{{id}}", call =>
        {
            var options = call.Bind<BaseOptions>();
            return call.Render(call.Find<T>(kind), options);
        });

    /// <summary>The answer to a deletion.</summary>
    public static JsonObject Deleted(string id, string kind) => new() { ["id"] = id, ["object"] = kind, ["deleted"] = true };
}
