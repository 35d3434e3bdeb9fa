using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Validates the parameters of a webhook endpoint.</summary>
internal static partial class EndpointParameters
{
    private const int MaximumDescription = 5000;

    public static void Check(string? url, List<string>? enabledEvents, string? description, Dictionary<string, string>? metadata)
    {
        ParameterRules.MaximumLength(description, MaximumDescription, "description");
        ParameterRules.Metadata(metadata, "metadata");
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            throw ApiErrors.InvalidWebhookUrl();
        }

        if (enabledEvents is { Count: 0 })
        {
            throw ApiErrors.Missing("enabled_events");
        }

        for (var index = 0; index < enabledEvents?.Count; index++)
        {
            if (enabledEvents[index] != "*" && !IsEventType(enabledEvents[index]))
            {
                throw ApiErrors.Invalid(
                    $"Invalid enabled_events[{index}]: must be `*` or the type of an event, for example checkout.session.completed",
                    $"enabled_events[{index}]");
            }
        }

        if (enabledEvents?.Count > 1 && enabledEvents.Contains("*"))
        {
            throw ApiErrors.Invalid("You may not specify `*` together with other event types.", "enabled_events");
        }
    }

    public static bool IsEventType(string text) => EventType().IsMatch(text);

    public static void CheckVersion(string? apiVersion)
    {
        if (apiVersion is not null && !EventVersions.IsVersion(apiVersion))
        {
            throw ApiErrors.Invalid($"Invalid API version: {apiVersion}", "api_version");
        }
    }

    [GeneratedRegex("^[a-z0-9_]+(\\.[a-z0-9_]+)+$")]
    private static partial Regex EventType();
}

/// <summary>The parameters of <c>POST /sandbox/webhook_endpoints/{id}/roll_secret</c>.</summary>
internal sealed class RollSecretOptions : BaseOptions
{
    /// <summary>The number of seconds for which the old secret also signs, up to a day; 0 by default.</summary>
    [JsonPropertyName("expires_in")]
    public long? ExpiresIn { get; set; }
}

/// <summary>The parameters of <c>POST /sandbox/webhook_endpoints/{id}/api_version</c>.</summary>
internal sealed class EndpointVersionOptions : BaseOptions
{
    /// <summary>The API version of the endpoint's events, for example <c>2024-06-20</c>.</summary>
    [JsonPropertyName("api_version")]
    public string? ApiVersion { get; set; }
}
