using CheckoutAspire.Orders.Stripe;



namespace CheckoutAspire.AppHost;

/// <summary>
/// What this run is configured with on a developer's machine: the user's variables, what is generated for the machine, and the
/// sandbox's where no Stripe key is set. Nothing of the sandbox is in it when one is.
/// </summary>
internal sealed class CheckoutConfiguration
{
    private CheckoutConfiguration(StripeMode mode, IReadOnlyDictionary<string, string> values)
    {
        Mode = mode;
        Values = values;
    }

    public StripeMode Mode { get; }

    /// <summary>Every variable that has a value.</summary>
    public IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>The user runs Redis; this host starts none.</summary>
    public bool HasRedis => Values.ContainsKey(Variables.Redis);

    /// <summary>The variables of <paramref name="names"/> that have a value.</summary>
    public IEnumerable<KeyValuePair<string, string>> For(IEnumerable<string> names) =>
        from name in names
        where Values.ContainsKey(name)
        select KeyValuePair.Create(name, Values[name]);

    /// <summary>Reads the user's variables and fills in the rest.</summary>
    /// <param name="read">A variable's value, or null.</param>
    /// <param name="topology">Where everything listens.</param>
    /// <param name="data">Keeps the generated secrets.</param>
    /// <exception cref="ConfigurationException">The variables contradict each other, or one is missing.</exception>
    public static CheckoutConfiguration Resolve(Func<string, string?> read, Topology topology, DataDirectory data)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Variables.All.Except([Variables.SandboxWebhookUrl, Variables.SandboxDataDirectory]))
        {
            if (read(name) is { } value && !string.IsNullOrWhiteSpace(value))
            {
                values[name] = value.Trim();
            }
        }

        var mode = ModeOf(values.GetValueOrDefault(Variables.StripeSecretKey));
        switch (mode)
        {
            case StripeMode.Sandbox:
                StandIn(values, topology, data);
                break;
            case StripeMode.Test:
                RefuseSandboxBase(values, topology);
                RequireWebhookSecret(values, $"run `{topology.StripeListenCommand}` and set it to the whsec_… secret that it prints");
                values.TryAdd(Variables.AppBaseUrl, topology.McpApi);
                break;
            case StripeMode.Live:
                RefuseAnyBase(values);
                RequireWebhookSecret(values, "copy the signing secret of your endpoint from https://dashboard.stripe.com/webhooks");
                RequireAppBaseUrl(values);
                break;
        }

        if (!values.ContainsKey(Variables.OpsToken))
        {
            values[Variables.OpsToken] = data.OpsToken();
        }

        return new CheckoutConfiguration(mode, values);
    }

    /// <summary>Without a key the sandbox stands in.</summary>
    private static StripeMode ModeOf(string? key) =>
        key is null ? StripeMode.Sandbox
        : StripeSecretKey.TryParse(key, out var parsed, out var refusal) ? parsed.Mode
        : throw new ConfigurationException($"{refusal} Unset it to use the sandbox.");

    private static void StandIn(Dictionary<string, string> values, Topology topology, DataDirectory data)
    {
        if (values.TryGetValue(Variables.StripeApiBase, out var address) && !IsSandbox(address, topology))
        {
            throw new ConfigurationException(
                $"{Variables.StripeApiBase} is set without {Variables.StripeSecretKey}: set a test key with it, or unset it to use the sandbox.");
        }

        values[Variables.StripeSecretKey] = StripeSecretKey.Sandbox;
        values[Variables.StripeApiBase] = topology.StripeSandbox;

        // The machine's own: a secret of the user's belongs to a Stripe account, and the sandbox is not given it.
        values[Variables.StripeWebhookSecret] = data.WebhookSecret();
        values[Variables.SandboxWebhookUrl] = topology.WebhookEndpoint;
        values[Variables.SandboxDataDirectory] = data.StripeSandbox;
        values.TryAdd(Variables.AppBaseUrl, topology.McpApi);
    }

    private static void RefuseSandboxBase(Dictionary<string, string> values, Topology topology)
    {
        if (values.TryGetValue(Variables.StripeApiBase, out var address) && IsSandbox(address, topology))
        {
            throw new ConfigurationException(
                $"{Variables.StripeApiBase} is the sandbox's address, and the sandbox takes no key but its own: "
                + $"unset {Variables.StripeApiBase} to use your Stripe account, or {Variables.StripeSecretKey} to use the sandbox.");
        }
    }

    private static void RefuseAnyBase(Dictionary<string, string> values)
    {
        if (values.ContainsKey(Variables.StripeApiBase))
        {
            throw new ConfigurationException(
                $"{Variables.StripeApiBase} is refused with a live key: live payments go to https://api.stripe.com and nowhere else. "
                + $"Unset {Variables.StripeApiBase}, or use a test key.");
        }
    }

    private static void RequireWebhookSecret(Dictionary<string, string> values, string cure)
    {
        if (!values.ContainsKey(Variables.StripeWebhookSecret))
        {
            throw new ConfigurationException(
                $"{Variables.StripeWebhookSecret} is missing, and without it no payment can be proved: {cure}.");
        }
    }

    private static void RequireAppBaseUrl(Dictionary<string, string> values)
    {
        if (!values.TryGetValue(Variables.AppBaseUrl, out var address)
            || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new ConfigurationException(
                $"{Variables.AppBaseUrl} must be the public https origin of this server when {Variables.StripeSecretKey} is a live key: "
                + "buyers are sent back to it.");
        }
    }

    private static bool IsSandbox(string address, Topology topology) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback && uri.Port == topology.StripeSandboxPort;
}
