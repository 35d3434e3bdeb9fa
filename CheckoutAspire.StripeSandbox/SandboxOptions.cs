using System.Globalization;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.StripeSandbox;

/// <summary>The sandbox's configuration.</summary>
internal sealed class SandboxOptions : IReadOptions
{
    /// <summary>The one key that opens the sandbox. It opens nothing else.</summary>
    public const string DefaultKey = "sk_test_checkout_aspire_sandbox";

    /// <summary>About three thousand sessions with all that belongs to them.</summary>
    private const int DefaultKeptRecords = 100_000;

    /// <summary><c>STRIPE_SECRET_KEY</c></summary>
    public string SecretKey { get; set; } = DefaultKey;

    /// <summary><c>STRIPE_WEBHOOK_SECRET</c>: one <c>whsec_…</c>, or several separated by commas while one is rolled.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    /// <summary><c>SANDBOX_WEBHOOK_URL</c>: where events go; null records them only.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary><c>SANDBOX_ALLOW_REMOTE</c>: lets the sandbox listen beyond loopback.</summary>
    public bool AllowRemote { get; set; }

    /// <summary><c>Sandbox__RetryDelays</c>: the waits before each further try of a delivery, comma-separated.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; set; } = [];

    /// <summary><c>Sandbox__SettlementDelay</c>: how long a bank debit stays unpaid.</summary>
    public TimeSpan SettlementDelay { get; set; }

    /// <summary><c>Sandbox__DataDirectory</c>: where the state survives a restart; null keeps it in memory only.</summary>
    public string? DataDirectory { get; set; }

    /// <summary><c>Sandbox__KeptRecords</c>: how many of the newest objects and changes are remembered.</summary>
    public int KeptRecords { get; set; }

    /// <summary><c>Sandbox__RateLimit</c>: requests a second before the API answers 429; null switches it off.</summary>
    public int? RateLimit { get; set; }

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        SecretKey = Value("STRIPE_SECRET_KEY") ?? DefaultKey;
        WebhookSecrets = Value("STRIPE_WEBHOOK_SECRET")
            ?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        WebhookUrl = Value("SANDBOX_WEBHOOK_URL");
        AllowRemote = string.Equals(Value("SANDBOX_ALLOW_REMOTE"), "true", StringComparison.OrdinalIgnoreCase);
        RetryDelays = [.. (Value("Sandbox:RetryDelays") ?? "00:00:05,00:00:30,00:05:00,01:00:00")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(value => Duration("Sandbox__RetryDelays", value))];
        SettlementDelay = Duration("Sandbox__SettlementDelay", Value("Sandbox:SettlementDelay") ?? "00:00:10");
        DataDirectory = Value("Sandbox:DataDirectory");
        KeptRecords = Number("Sandbox__KeptRecords", Value("Sandbox:KeptRecords")) ?? DefaultKeptRecords;
        RateLimit = Number("Sandbox__RateLimit", Value("Sandbox:RateLimit"));
        ConfigurationErrors = [.. errors, .. FindErrors()];

        string? Value(string key) => configuration[key] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        int? Number(string name, string? value)
        {
            if (value is null || (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
            {
                return value is null ? null : int.Parse(value, CultureInfo.InvariantCulture);
            }

            errors.Add($"{name} holds '{value}': write a number above 0.");
            return 1;
        }

        TimeSpan Duration(string name, string value)
        {
            if (TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var duration) && duration >= TimeSpan.Zero)
            {
                return duration;
            }

            errors.Add($"{name} holds '{value}': write a duration as hh:mm:ss, for example 00:00:05.");
            return TimeSpan.Zero;
        }
    }
    /// <summary>Whether a key is shaped like one that moves real money.</summary>
    public static bool IsLive(string key) =>
        key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal);

    private IEnumerable<string> FindErrors()
    {
        if (IsLive(SecretKey))
        {
            yield return "STRIPE_SECRET_KEY is a live key: the local sandbox refuses live keys. Unset it, or run against Stripe itself.";
        }
        else if (SecretKey.StartsWith("pk_", StringComparison.Ordinal))
        {
            yield return "STRIPE_SECRET_KEY is a publishable key (pk_…). Use the secret key (sk_test_…).";
        }

        if (WebhookSecrets.Count == 0)
        {
            yield return "STRIPE_WEBHOOK_SECRET is missing: set it to the secret that signs webhooks (whsec_…), the same as the receiver's.";
        }
        else if (WebhookSecrets.Any(secret => !secret.StartsWith("whsec_", StringComparison.Ordinal)))
        {
            yield return "STRIPE_WEBHOOK_SECRET must be whsec_…, or several of them separated by commas.";
        }

        if (WebhookUrl is { } url
            && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)))
        {
            yield return "SANDBOX_WEBHOOK_URL must be an absolute http or https URL, for example http://localhost:5081/webhook/stripe.";
        }
    }
}
