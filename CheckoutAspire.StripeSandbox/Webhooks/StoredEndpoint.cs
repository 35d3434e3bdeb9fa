using Stripe;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>A webhook endpoint with the secrets that sign what it gets.</summary>
internal sealed class StoredEndpoint : IHasId
{
    /// <summary>The endpoint that <c>SANDBOX_WEBHOOK_URL</c> names: the environment's, so the API shows it and changes nothing of it.</summary>
    public const string ConfiguredId = "we_1SandboxWebhookUrl";

    public required string Id { get; set; }

    /// <summary>As the API shows it: without its secret.</summary>
    public required WebhookEndpoint Endpoint { get; init; }

    /// <summary>The newest first; those being rolled end by themselves.</summary>
    public List<EndpointSecret> Secrets { get; init; } = [];

    public bool IsConfigured => Id == ConfiguredId;

    public bool Takes(string eventType) =>
        Endpoint.Status == "enabled" && Endpoint.EnabledEvents.Exists(enabled => enabled == "*" || enabled == eventType);

    public IReadOnlyList<string> SecretsAt(DateTime now) =>
        [.. Secrets.Where(secret => secret.ExpiresAt is null || secret.ExpiresAt > now).Select(secret => secret.Value)];

    /// <summary>The endpoint of the environment.</summary>
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

/// <summary>A signing secret, and when it stops signing.</summary>
internal sealed record EndpointSecret(string Value, DateTime? ExpiresAt);
