using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.StripeCli;

/// <summary><c>POST /v1/stripecli/sessions</c>: how <c>stripe listen</c> learns its signing secret and where to connect.</summary>
/// <remarks><see href="https://github.com/stripe/stripe-cli/blob/master/pkg/stripeauth/client.go"/></remarks>
internal static class CliSessions
{
    /// <summary>In seconds: how often the CLI reconnects.</summary>
    private const int ReconnectDelay = 600;

    public static void MapCliSessions(this IEndpointRouteBuilder api)
    {
        var listeners = api.ServiceProvider.GetRequiredService<CliListeners>();
        var options = api.ServiceProvider.GetRequiredService<IOptions<SandboxOptions>>();
        api.MapOperation(HttpMethods.Post, "/stripecli/sessions", call => Create(call, listeners, options.Value));
    }

    private static JsonObject Create(ApiCall call, CliListeners listeners, SandboxOptions options)
    {
        var requested = call.Bind<CliSessionOptions>();
        var feature = requested.WebsocketFeatures is [var first, ..] ? first : throw ApiErrors.Missing("websocket_features");
        if (feature != "webhooks")
        {
            throw ApiErrors.NotSimulated("websocket_features");
        }

        var id = Identifiers.New("cliws_");
        listeners.Authorize(id);
        return new JsonObject
        {
            ["default_version"] = StripeConfiguration.ApiVersion,
            ["device_token"] = "",
            ["display_connect_filter_warning"] = false,
            ["latest_version"] = StripeConfiguration.ApiVersion,
            ["reconnect_delay"] = ReconnectDelay,
            // The receiver's own secret, so that it can verify forwarded events without further configuration.
            ["secret"] = options.WebhookSecrets[0],
            ["websocket_authorized_feature"] = feature,
            ["websocket_id"] = id,
            ["websocket_url"] = $"ws{call.BaseUrl["http".Length..]}{CliSocket.Path}",
        };
    }
}

/// <summary>The parameters that the CLI sends. The forwarding URLs are not used here.</summary>
internal sealed class CliSessionOptions : BaseOptions
{
    [JsonPropertyName("device_name")]
    public string? DeviceName { get; set; }

    [JsonPropertyName("websocket_features")]
    public List<string>? WebsocketFeatures { get; set; }

    [JsonPropertyName("filters")]
    public string? Filters { get; set; }

    [JsonPropertyName("forward_to_url")]
    public string? ForwardToUrl { get; set; }

    [JsonPropertyName("forward_connect_to_url")]
    public string? ForwardConnectToUrl { get; set; }

    [JsonPropertyName("forward_thin_to_url")]
    public string? ForwardThinToUrl { get; set; }

    [JsonPropertyName("forward_thin_connect_to_url")]
    public string? ForwardThinConnectToUrl { get; set; }
}
