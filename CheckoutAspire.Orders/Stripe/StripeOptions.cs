using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Stripe
{
    /// <summary>The Stripe account of this service: <c>STRIPE_SECRET_KEY</c>, <c>STRIPE_API_BASE</c>, <c>CHECKOUT_DEPLOYMENT</c>.</summary>
    public sealed class StripeOptions : IReadOptions
    {
        internal const string DefaultApiBase = "https://api.stripe.com";

        /// <summary>The account's key.</summary>
        /// <remarks>Never null: <see cref="IOptions{TOptions}.Value"/> throws if the options were rejected.</remarks>
        public StripeSecretKey SecretKey { get; private set; } = null!;

        /// <summary>The address of Stripe's API: Stripe's own or the sandbox's.</summary>
        public Uri ApiBase { get; private set; } = new(DefaultApiBase);

        /// <summary>The name of this installation in the sessions' metadata. Two installations on one account need different names.</summary>
        public string Deployment { get; private set; } = "local";

        /// <inheritdoc/>
        public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

        /// <inheritdoc/>
        public void Read(IConfiguration configuration)
        {
            var apiBase = configuration["STRIPE_API_BASE"] is { Length: > 0 } configured ? configured : DefaultApiBase;
            Deployment = configuration["CHECKOUT_DEPLOYMENT"] is { Length: > 0 } deployment ? deployment : Deployment;
            if (!StripeSecretKey.TryParse(configuration["STRIPE_SECRET_KEY"], out var key, out var error))
            {
                ConfigurationErrors = [error];
            }
            else if (!Uri.TryCreate(apiBase, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                ConfigurationErrors = ["STRIPE_API_BASE is not an http or https URL."];
            }
            else
            {
                (SecretKey, ApiBase) = (key, uri);
                ConfigurationErrors = (ApiBaseError(key, uri) ?? DeploymentError(Deployment)) is { } sentence ? [sentence] : [];
            }
        }

        private static string? ApiBaseError(StripeSecretKey key, Uri apiBase) => key.Mode switch
        {
            StripeMode.Live when apiBase != new Uri(DefaultApiBase) =>
                "STRIPE_API_BASE is set together with a live STRIPE_SECRET_KEY: a live key is sent to Stripe and nowhere else. Unset STRIPE_API_BASE.",
            StripeMode.Sandbox when !apiBase.IsLoopback =>
                "STRIPE_SECRET_KEY is the local sandbox's, but STRIPE_API_BASE is not on this machine: "
                + "set STRIPE_API_BASE to the sandbox's address, for example http://localhost:5082.",
            _ when apiBase.Scheme == "http" && !apiBase.IsLoopback =>
                "STRIPE_API_BASE would send the key unencrypted to another machine: use https, or an address on this machine.",
            _ => null,
        };

        private static string? DeploymentError(string deployment) =>
            deployment.Length <= 64 && deployment.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_')
                ? null
                : "CHECKOUT_DEPLOYMENT must be 1 to 64 ASCII letters, digits, dots, dashes or underscores.";
    }
}

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>Registers the Stripe account.</summary>
    public static class StripeOptionsServiceCollectionExtensions
    {
        /// <summary>Adds <see cref="StripeOptions"/>, validated at start, the <see cref="LedgerMode"/> that the key implies, and the <see cref="StripeAccount"/> that is compared with the ledger.</summary>
        public static IServiceCollection AddStripeOptions(this IServiceCollection services)
        {
            services.AddReadOptions<StripeOptions>();
            services.AddSingleton(provider => new LedgerMode(provider.GetRequiredService<IOptions<StripeOptions>>().Value.SecretKey.Mode));
            services.AddSingleton<StripeAccount>();
            return services;
        }
    }
}
