using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Events;

/// <summary><c>/v1/events</c>.</summary>
internal static class EventEndpoints
{
    private const int MaximumTypes = 20;

    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, "/events", List);
        api.MapOperation(HttpMethods.Get, "/events/{id}", call =>
        {
            var options = call.Bind<BaseOptions>();
            return Expansion.Expand(call.Transaction, call.Find<SandboxEvent>("event").ToJson(), options.Expand);
        });
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<EventListOptions>();
        if (options.Type is not null && options.Types is not null)
        {
            throw ApiErrors.Invalid("You may only specify one of these parameters: type, types.", "type");
        }

        if (options.Types?.Count > MaximumTypes)
        {
            throw ApiErrors.Invalid($"You may specify up to {MaximumTypes} types.", "types");
        }

        var events = call.Transaction.NewestFirst<SandboxEvent>().Where(recorded =>
            Pagination.Admits(options.Created, recorded.Created)
            && (options.Type is null || Matches(options.Type, recorded.Type))
            && (options.Types is null || options.Types.Contains(recorded.Type))
            && (options.DeliverySuccess is null || options.DeliverySuccess == (recorded.PendingWebhooks == 0)));
        var page = Pagination.Page(events, options, "event", "/v1/events", recorded => recorded.ToJson());
        return Expansion.Expand(call.Transaction, page, options.Expand);
    }

    /// <summary><c>checkout.session.*</c> takes every type of that group.</summary>
    private static bool Matches(string filter, string type) => filter.EndsWith(".*", StringComparison.Ordinal)
        ? type.StartsWith(filter[..^1], StringComparison.Ordinal)
        : filter == "*" || filter == type;
}
