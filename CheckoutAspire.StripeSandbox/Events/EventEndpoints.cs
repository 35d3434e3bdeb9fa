using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Events;

/// <summary><c>/v1/events</c>.</summary>
internal static class EventEndpoints
{
    private const int MaximumTypes = 20;

    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        var listeners = api.ServiceProvider.GetRequiredService<CliListeners>();
        api.MapOperation(HttpMethods.Get, "/events", List);
        api.MapOperation(HttpMethods.Get, "/events/{id}", call =>
        {
            var options = call.Bind<BaseOptions>();
            return Expansion.Expand(call.Transaction, call.Find<SandboxEvent>("event").ToJson(), options.Expand);
        });
        api.MapOperation(HttpMethods.Post, "/events/{id}/retry", call => Retry(call, listeners));
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

    /// <summary><c>stripe events resend</c>: sends the event to one endpoint, to the listening CLIs, or to every endpoint that takes it.</summary>
    private static JsonObject Retry(ApiCall call, CliListeners listeners)
    {
        var options = call.Bind<EventRetryOptions>();
        var recorded = call.Find<SandboxEvent>("event");
        if (options.Account is { } account && account != Merchant.AccountId)
        {
            throw ApiErrors.NoSuchReference("account", account, "account");
        }

        if (options.WebhookEndpoint is { } id)
        {
            var endpoint = call.Transaction.TryFind<StoredEndpoint>(id, out var found)
                ? found
                : throw ApiErrors.NoSuchReference("webhook endpoint", id, "webhook_endpoint");
            WebhookDispatch.Send(call.Transaction, recorded, endpoint);
        }
        else if (options.ForStripecli == true)
        {
            if (!listeners.AnyConnected)
            {
                throw ApiErrors.Invalid(
                    "No `stripe listen` is connected to this sandbox. Start one, or pass --webhook-endpoint.", "for_stripecli");
            }

            listeners.Announce([recorded]);
        }
        else
        {
            foreach (var endpoint in call.Transaction.NewestFirst<StoredEndpoint>().Where(endpoint => endpoint.Takes(recorded.Type)).ToList())
            {
                WebhookDispatch.Send(call.Transaction, recorded, endpoint);
            }
        }

        return Expansion.Expand(call.Transaction, recorded.ToJson(), options.Expand);
    }

    /// <summary>Whether a type matches a filter such as <c>checkout.session.*</c>.</summary>
    private static bool Matches(string filter, string type) => filter.EndsWith(".*", StringComparison.Ordinal)
        ? type.StartsWith(filter[..^1], StringComparison.Ordinal)
        : filter == "*" || filter == type;
}

/// <summary>The parameters of <c>POST /v1/events/{id}/retry</c>, as the Stripe CLI sends them.</summary>
/// <remarks><see href="https://github.com/stripe/stripe-cli/blob/master/pkg/cmd/resource/events_resend.go"/></remarks>
internal sealed class EventRetryOptions : BaseOptions
{
    [JsonPropertyName("account")]
    public string? Account { get; set; }

    [JsonPropertyName("for_stripecli")]
    public bool? ForStripecli { get; set; }

    [JsonPropertyName("webhook_endpoint")]
    public string? WebhookEndpoint { get; set; }
}
