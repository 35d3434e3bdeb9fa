namespace CheckoutAspire.AppHost;

/// <summary>Whose money moves: nobody's, a test account's, or a buyer's.</summary>
internal enum StripeMode
{
    /// <summary>The stand-in on this machine.</summary>
    Sandbox,

    /// <summary>A Stripe account's test data.</summary>
    Test,

    /// <summary>Real payments.</summary>
    Live,
}

/// <summary>What <c>STRIPE_SECRET_KEY</c> says about the mode (https://docs.stripe.com/keys).</summary>
internal static class StripeKey
{
    /// <summary>Opens the sandbox and nothing else: Stripe answers 401 to it, and the sandbox answers 401 to any other.</summary>
    public const string Sandbox = "sk_test_checkout_aspire_sandbox";

    /// <exception cref="ConfigurationException">The key is none that a server may use.</exception>
    public static StripeMode ModeOf(string? key) => key switch
    {
        null or "" or Sandbox => StripeMode.Sandbox,
        _ when HasPrefix(key, "sk_test_", "rk_test_") => StripeMode.Test,
        _ when HasPrefix(key, "sk_live_", "rk_live_") => StripeMode.Live,
        _ when HasPrefix(key, "pk_") => throw new ConfigurationException(
            $"{Variables.StripeSecretKey} holds a publishable key (pk_…), which cannot create a Checkout Session: "
            + "use the secret key of the same account, sk_test_… (https://dashboard.stripe.com/test/apikeys)."),
        _ => throw new ConfigurationException(
            $"{Variables.StripeSecretKey} is no Stripe key: it begins with sk_test_, rk_test_, sk_live_ or rk_live_. "
            + "Unset it to use the sandbox."),
    };

    private static bool HasPrefix(string key, params ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
