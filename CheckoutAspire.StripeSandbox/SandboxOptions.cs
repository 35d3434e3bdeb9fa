using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox;

/// <summary>The sandbox's configuration.</summary>
internal sealed class SandboxOptions : IReadOptions
{
    /// <summary>The prefix of the generated key, by which the services recognize that it is not a key of Stripe's.</summary>
    private const string KeyPrefix = "sk_test_checkout_aspire_sandbox_";

    /// <summary>About 3,000 sessions with their related objects.</summary>
    private const int DefaultKeptRecords = 100_000;

    /// <summary><c>STRIPE_SECRET_KEY</c>: the only key that the sandbox accepts. Without one it generates a key for this user of this machine.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary><c>STRIPE_WEBHOOK_SECRET</c>: one <c>whsec_…</c>, or several separated by commas while one is rolled.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    /// <summary><c>SANDBOX_WEBHOOK_URL</c>: where events are delivered; null only records them.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary><c>SANDBOX_ALLOW_REMOTE</c>: allows the sandbox to listen on addresses that other machines can reach.</summary>
    public bool AllowRemote { get; set; }

    /// <summary><c>SANDBOX_ALLOW_REMOTE_WEBHOOKS</c>: allows webhook endpoints on other machines.</summary>
    public bool AllowRemoteWebhooks { get; set; }

    /// <summary><c>Sandbox__RetryDelays</c>: the delays before each retry of a delivery, separated by commas.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; set; } = [];

    /// <summary><c>Sandbox__SettlementDelay</c>: how long a bank debit stays unpaid, and a refund by an asynchronous test card unsettled.</summary>
    public TimeSpan SettlementDelay { get; set; }

    /// <summary><c>Sandbox__DataDirectory</c>: where the state is stored; null keeps it only in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary><c>Sandbox__KeptRecords</c>: how many of the newest records are kept.</summary>
    public int KeptRecords { get; set; }

    /// <summary><c>Sandbox__RateLimit</c>: the requests per second beyond which the API answers 429; null disables the limit.</summary>
    public int? RateLimit { get; set; }

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        SecretKey = Value("STRIPE_SECRET_KEY") ?? ReadGeneratedKey();
        WebhookSecrets = Value("STRIPE_WEBHOOK_SECRET")
            ?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        WebhookUrl = Value("SANDBOX_WEBHOOK_URL");
        AllowRemote = string.Equals(Value("SANDBOX_ALLOW_REMOTE"), "true", StringComparison.OrdinalIgnoreCase);
        AllowRemoteWebhooks = string.Equals(Value("SANDBOX_ALLOW_REMOTE_WEBHOOKS"), "true", StringComparison.OrdinalIgnoreCase);
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

            errors.Add($"{name} is '{value}'. Use a whole number above 0.");
            return 1;
        }

        TimeSpan Duration(string name, string value)
        {
            if (TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var duration) && duration >= TimeSpan.Zero)
            {
                return duration;
            }

            errors.Add($"{name} is '{value}'. Use a duration as hh:mm:ss, for example 00:00:05.");
            return TimeSpan.Zero;
        }
    }

    /// <summary>The key of a sandbox that was started without one: <c>~/.local/share/checkout-aspire/sandbox-key</c>, which only this user can read.</summary>
    private static string ReadGeneratedKey()
    {
        var directory = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "checkout-aspire");
        var path = Path.Combine(Directory.CreateDirectory(directory).FullName, "sandbox-key");
        if (!File.Exists(path))
        {
            using var file = new FileStream(path, OwnerOnly.Options(FileMode.OpenOrCreate));
            file.Write(Encoding.ASCII.GetBytes(KeyPrefix + RandomNumberGenerator.GetHexString(32, lowercase: true)));
        }

        return File.ReadAllText(path).Trim();
    }

    /// <summary>Whether the key has the prefix of a live key.</summary>
    public static bool IsLive(string key) =>
        key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal);

    private IEnumerable<string> FindErrors()
    {
        if (IsLive(SecretKey))
        {
            yield return "STRIPE_SECRET_KEY is a live key, which the local sandbox refuses. Unset it, or run against Stripe.";
        }
        else if (SecretKey.StartsWith("pk_", StringComparison.Ordinal))
        {
            yield return "STRIPE_SECRET_KEY is a publishable key (pk_…). Use the secret key (sk_test_…).";
        }

        if (WebhookSecrets.Count == 0)
        {
            yield return "STRIPE_WEBHOOK_SECRET is missing. Set it to the receiver's webhook signing secret, which starts with whsec_.";
        }
        else if (WebhookSecrets.Any(secret => !secret.StartsWith("whsec_", StringComparison.Ordinal)))
        {
            yield return "STRIPE_WEBHOOK_SECRET must be a webhook signing secret, which starts with whsec_, or several separated by commas.";
        }

        if (WebhookUrl is { } url
            && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)))
        {
            yield return "SANDBOX_WEBHOOK_URL must be an absolute http or https URL, for example http://localhost:5081/webhook/stripe.";
        }
    }
}
