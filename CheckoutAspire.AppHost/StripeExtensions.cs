using static Aspire.Hosting.ApplicationModel.ReferenceExpression;

namespace CheckoutAspire.AppHost;

internal sealed record StripeAccount(StripeMode Mode, ReferenceExpression SecretKey, ReferenceExpression WebhookSecret);

/// <summary>Stripe: the account that the user's key opens, or the sandbox without a key. With a key, nothing of the sandbox exists.</summary>
internal static class StripeExtensions
{
    /// <summary>Reads the key and what belongs to it. A manifest is always that of a live application.</summary>
    /// <exception cref="ConfigurationException">The settings contradict each other, or one is missing.</exception>
    public static StripeAccount AddStripe(this IDistributedApplicationBuilder builder)
    {
        var mode = builder.ExecutionContext.IsPublishMode ? StripeMode.Live : CheckSettings(builder);
        return mode is StripeMode.Sandbox
            ? new(mode, Create($"{StripeSecretKey.Sandbox}_{builder.AddGeneratedSecret("sandbox-key")}"), Create($"whsec_{builder.AddGeneratedSecret("sandbox-webhook-secret")}"))
            : new(mode, Create($"{builder.Parameter("STRIPE_SECRET_KEY")!}"), Create($"{builder.Parameter("STRIPE_WEBHOOK_SECRET")!}"));
    }

    /// <summary>Adds the local stand-in for Stripe, with commands that play the buyer.</summary>
    public static IResourceBuilder<ProjectResource> AddStripeSandbox(
        this IDistributedApplicationBuilder builder, StripeAccount stripe, EndpointReference webhooks) =>
        builder.AddService<Projects.CheckoutAspire_StripeSandbox>(ResourceNames.StripeSandbox)
            .WithEnvironment("STRIPE_SECRET_KEY", stripe.SecretKey)
            .WithEnvironment("STRIPE_WEBHOOK_SECRET", stripe.WebhookSecret)
            .WithEnvironment("SANDBOX_WEBHOOK_URL", Create($"{webhooks}/webhook/stripe"))
            .WithEnvironment("Sandbox__DataDirectory", builder.DataDirectory("sandbox"))
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/sandbox", "Control page"))
            .WithCommands()
            .ExcludeFromManifest();

    /// <summary>Adds Stripe's own forwarder, which is started by hand (https://docs.stripe.com/cli/listen).</summary>
    public static IResourceBuilder<ExecutableResource> AddStripeListen(
        this IDistributedApplicationBuilder builder, StripeAccount stripe, EndpointReference webhooks) =>
        builder.AddExecutable(ResourceNames.StripeListen, "stripe", builder.AppHostDirectory)
            .WithRequiredCommand("stripe", "https://docs.stripe.com/stripe-cli")
            .WithArgs("listen", "--all-snapshot", "--forward-to", Create($"{webhooks}/webhook/stripe"))
            .WithEnvironment("STRIPE_API_KEY", stripe.SecretKey)
            .WithExplicitStart()
            .ExcludeFromManifest();

    private static StripeMode CheckSettings(IDistributedApplicationBuilder builder)
    {
        var (key, apiBase) = (builder.Read("STRIPE_SECRET_KEY"), builder.Read("STRIPE_API_BASE"));
        if (key is null)
        {
            Refuse(apiBase is not null, "STRIPE_API_BASE is set without STRIPE_SECRET_KEY: set a test key with it, or unset it to use the sandbox.");
            return StripeMode.Sandbox;
        }

        Refuse(!StripeSecretKey.TryParse(key, out var parsed, out var refusal), $"{refusal} Unset it to use the sandbox.");
        Refuse(parsed!.Mode is StripeMode.Sandbox, "STRIPE_SECRET_KEY is the sandbox's own key: unset it to use the sandbox.");
        Refuse(parsed.IsLive && apiBase is not null, "STRIPE_API_BASE is refused with a live key: live payments go to https://api.stripe.com and nowhere else. "
            + "Unset STRIPE_API_BASE, or use a test key.");
        Refuse(builder.Read("STRIPE_WEBHOOK_SECRET") is null, "STRIPE_WEBHOOK_SECRET is missing, and without it no payment can be proved: " + (parsed.IsLive
            ? "copy the signing secret of your endpoint from https://dashboard.stripe.com/webhooks."
            : "run `stripe listen --all-snapshot --forward-to http://localhost:5081/webhook/stripe` and set it to the whsec_… secret that it prints."));
        Refuse(parsed.IsLive && !(Uri.TryCreate(builder.Read("APP_BASE_URL"), UriKind.Absolute, out var origin) && origin.Scheme == Uri.UriSchemeHttps),
            "APP_BASE_URL must be the public https origin of this server when STRIPE_SECRET_KEY is a live key: buyers are sent back to it.");
        return parsed.Mode;
    }

    private static void Refuse(bool isRefused, string sentence) => _ = isRefused ? throw new ConfigurationException(sentence) : true;
}
