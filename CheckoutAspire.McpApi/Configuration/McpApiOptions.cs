namespace CheckoutAspire.McpApi.Configuration;

/// <summary>The service's configuration as users write it; <see cref="McpApiSettings"/> is what it means.</summary>
public sealed class McpApiOptions
{
    /// <summary>Secret or restricted key of the Stripe account.</summary>
    [ConfigurationKeyName("STRIPE_SECRET_KEY")]
    public string? StripeSecretKey { get; set; }

    /// <summary>Where Stripe's API is; the sandbox's address when it stands in.</summary>
    /// <value><c>https://api.stripe.com</c> by default.</value>
    [ConfigurationKeyName("STRIPE_API_BASE")]
    public string? StripeApiBase { get; set; }

    /// <summary>Public origin of the success and cancel pages.</summary>
    /// <value>This service's own local address by default.</value>
    [ConfigurationKeyName("APP_BASE_URL")]
    public string? AppBaseUrl { get; set; }

    /// <summary>Further exact origins, comma-separated, that <c>success_url</c> and <c>cancel_url</c> may use.</summary>
    [ConfigurationKeyName("CHECKOUT_ALLOWED_ORIGINS")]
    public string? AllowedOrigins { get; set; }

    /// <summary>Names this installation in the sessions' metadata.</summary>
    /// <value><c>local</c> by default.</value>
    [ConfigurationKeyName("CHECKOUT_DEPLOYMENT")]
    public string? Deployment { get; set; }
}
