namespace CheckoutAspire.AppHost;

/// <summary>The resources' names, as the dashboard, the logs and service discovery show them.</summary>
internal static class ResourceNames
{
    public const string Redis = "redis";
    public const string StripeSandbox = "stripe-sandbox";
    public const string StripeListen = "stripe-listen";
    public const string McpApi = "mcpapi";
    public const string Webhooks = "webhooks";
    public const string Worker = "worker";
}

/// <summary>The environment variables of the application, and which service is given which.</summary>
internal static class Variables
{
    public const string StripeSecretKey = "STRIPE_SECRET_KEY";
    public const string StripeWebhookSecret = "STRIPE_WEBHOOK_SECRET";
    public const string StripeApiBase = "STRIPE_API_BASE";
    public const string AppBaseUrl = "APP_BASE_URL";
    public const string Redis = "ConnectionStrings__redis";
    public const string AllowedOrigins = "CHECKOUT_ALLOWED_ORIGINS";
    public const string Catalog = "CHECKOUT_CATALOG";
    public const string Prices = "CHECKOUT_PRICES";
    public const string Currencies = "CHECKOUT_CURRENCIES";
    public const string LineMinimum = "CHECKOUT_LINE_MIN";
    public const string LineMaximum = "CHECKOUT_LINE_MAX";
    public const string SessionMinimum = "CHECKOUT_SESSION_MIN";
    public const string SessionMaximum = "CHECKOUT_SESSION_MAX";
    public const string MaxQuantity = "CHECKOUT_MAX_QUANTITY";
    public const string NameMaxLength = "CHECKOUT_NAME_MAX_LENGTH";
    public const string NameLinks = "CHECKOUT_NAME_LINKS";
    public const string DailyCap = "CHECKOUT_DAILY_CAP";
    public const string Ucp = "CHECKOUT_UCP";
    public const string UcpLinks = "CHECKOUT_UCP_LINKS";
    public const string Deployment = "CHECKOUT_DEPLOYMENT";
    public const string FulfillmentUrl = "FULFILLMENT_URL";
    public const string FulfillmentSecret = "FULFILLMENT_SECRET";
    public const string OpsToken = "OPS_TOKEN";
    public const string Partitions = "Orders__Partitions";
    public const string ApiKeys = "CHECKOUT_API_KEYS";
    public const string OAuthAuthority = "CHECKOUT_OAUTH_AUTHORITY";
    public const string OAuthAudience = "CHECKOUT_OAUTH_AUDIENCE";
    public const string OAuthIssuer = "CHECKOUT_OAUTH_ISSUER";
    public const string OAuthMetadataUrl = "CHECKOUT_OAUTH_METADATA_URL";
    public const string RateLimitCreates = "CHECKOUT_RATE_LIMIT_CREATES";
    public const string RateLimitReads = "CHECKOUT_RATE_LIMIT_READS";
    public const string AuditRetention = "CHECKOUT_AUDIT_RETENTION";
    public const string SandboxWebhookUrl = "SANDBOX_WEBHOOK_URL";
    public const string SandboxDataDirectory = "Sandbox__DataDirectory";

    /// <summary>What agents may sell.</summary>
    public static IReadOnlyList<string> PricePolicy { get; } =
    [
        Prices, Currencies, LineMinimum, LineMaximum, SessionMinimum, SessionMaximum, MaxQuantity, NameMaxLength, NameLinks, DailyCap,
    ];

    public static IReadOnlyList<string> McpApi { get; } =
    [
        StripeSecretKey, StripeApiBase, AppBaseUrl, Redis, AllowedOrigins, Catalog, .. PricePolicy, Ucp, UcpLinks, Deployment, Partitions,
        ApiKeys, OAuthAuthority, OAuthAudience, OAuthIssuer, OAuthMetadataUrl, RateLimitCreates, RateLimitReads, AuditRetention,
    ];

    public static IReadOnlyList<string> Webhooks { get; } = [StripeWebhookSecret, Redis, Partitions];

    public static IReadOnlyList<string> Worker { get; } =
        [StripeSecretKey, StripeApiBase, Redis, Deployment, FulfillmentUrl, FulfillmentSecret, OpsToken, Partitions];

    public static IReadOnlyList<string> StripeSandbox { get; } =
        [StripeSecretKey, StripeWebhookSecret, SandboxWebhookUrl, SandboxDataDirectory];

    /// <summary>Every variable above. A service never inherits one from the host's own environment: it gets those of its list.</summary>
    public static IReadOnlyList<string> All { get; } = [.. McpApi.Union(Webhooks).Union(Worker).Union(StripeSandbox)];

    /// <summary>What a deployment cannot do without: its manifest asks for these.</summary>
    public static IReadOnlyList<string> RequiredToDeploy { get; } =
        [StripeSecretKey, StripeWebhookSecret, AppBaseUrl, Deployment, OpsToken];

    /// <summary>What only a developer's machine has; no manifest carries it.</summary>
    public static IReadOnlyList<string> DevelopmentOnly { get; } = [StripeApiBase, SandboxWebhookUrl, SandboxDataDirectory];

    public static bool IsSecret(string name) =>
        name is StripeSecretKey or StripeWebhookSecret or FulfillmentSecret or OpsToken or Redis or ApiKeys;

    /// <summary>The name as .NET's configuration knows it: <c>Orders__Partitions</c> is <c>Orders:Partitions</c>.</summary>
    public static string ConfigurationKey(string name) => name.Replace("__", ":", StringComparison.Ordinal);
}

/// <summary>Where everything listens on a developer's machine. Tests give free ports; users get these.</summary>
internal sealed record Topology
{
    public int McpApiPort { get; init; } = 5080;
    public int WebhooksPort { get; init; } = 5081;
    public int StripeSandboxPort { get; init; } = 5082;

    /// <summary>Not 6379: a Redis that the machine already runs is never touched.</summary>
    public int RedisPort { get; init; } = 5083;
    public int WorkerPort { get; init; } = 5084;

    public string McpApi => $"http://localhost:{McpApiPort}";
    public string McpEndpoint => $"{McpApi}/mcp";
    public string Webhooks => $"http://localhost:{WebhooksPort}";
    public string WebhookEndpoint => $"{Webhooks}/webhook/stripe";
    public string StripeSandbox => $"http://localhost:{StripeSandboxPort}";
    public string Worker => $"http://localhost:{WorkerPort}";
    public string RedisConnectionString => $"127.0.0.1:{RedisPort}";

    /// <summary>Forwards a Stripe test account's events to this machine (https://docs.stripe.com/cli/listen).</summary>
    public string StripeListenCommand => $"stripe listen --all-snapshot --forward-to {WebhookEndpoint}";

    /// <summary>
    /// An order that Redis has acknowledged is on disk, and none is evicted: the ledger is the only proof that an order was fulfilled
    /// (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
    /// </summary>
    public static IReadOnlyList<string> RedisDurability { get; } =
        ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];

    /// <summary>The arguments of a <c>redis-server</c> of our own, which writes to <paramref name="directory"/>: the append-only file alone, no snapshots.</summary>
    public IReadOnlyList<string> RedisServerArguments(string directory) =>
        ["--port", $"{RedisPort}", "--bind", "127.0.0.1", "--dir", directory, "--save", "", .. RedisDurability];
}
