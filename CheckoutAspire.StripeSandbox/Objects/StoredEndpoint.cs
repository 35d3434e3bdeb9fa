using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>A webhook endpoint and the secrets that sign its events.</summary>
internal sealed class StoredEndpoint : IHasId
{
    /// <summary>The endpoint that <c>SANDBOX_WEBHOOK_URL</c> configures. The API lists it but cannot change it.</summary>
    public const string ConfiguredId = "we_1SandboxWebhookUrl";

    public required string Id { get; set; }

    /// <summary>The endpoint as the API returns it, without its secret.</summary>
    public required WebhookEndpoint Endpoint { get; init; }

    /// <summary>Newest first. A secret that is being rolled expires by itself.</summary>
    public List<EndpointSecret> Secrets { get; init; } = [];

    public bool IsConfigured => Id == ConfiguredId;

    public bool Takes(string eventType) =>
        Endpoint.Status == "enabled" && Endpoint.EnabledEvents.Exists(enabled => enabled == "*" || enabled == eventType);

    public IReadOnlyList<string> SecretsAt(DateTime now) =>
        [.. Secrets.Where(secret => secret.ExpiresAt is null || secret.ExpiresAt > now).Select(secret => secret.Value)];

    /// <summary>Creates the configured endpoint.</summary>
    public static StoredEndpoint Configured(string url, IEnumerable<string> secrets) => new()
    {
        Id = ConfiguredId,
        Endpoint = New(ConfiguredId, url, ["*"], DateTime.UnixEpoch.AddSeconds(1_700_000_000)),
        Secrets = [.. secrets.Select(secret => new EndpointSecret(secret, null))],
    };

    public static WebhookEndpoint New(string id, string url, List<string> enabledEvents, DateTime now) => new()
    {
        Id = id,
        Object = "webhook_endpoint",
        Created = now,
        EnabledEvents = enabledEvents,
        Metadata = [],
        Status = "enabled",
        Url = url,
    };
}

/// <summary>A signing secret and the time until which it signs; null without an end.</summary>
internal sealed record EndpointSecret(string Value, DateTime? ExpiresAt);
