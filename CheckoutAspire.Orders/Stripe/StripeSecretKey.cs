using System.Diagnostics.CodeAnalysis;

namespace CheckoutAspire.Orders.Stripe;

/// <summary>The mode of a Stripe key.</summary>
public enum StripeMode
{
    /// <summary>The local Stripe sandbox of this repository.</summary>
    Sandbox,

    /// <summary>A Stripe account's test mode: the real API without real money.</summary>
    Test,

    /// <summary>Real money.</summary>
    Live,
}

/// <summary>A secret or restricted Stripe API key, with the mode that its prefix states.</summary>
/// <remarks>Never printed: <see cref="ToString"/> returns only the mode.</remarks>
public sealed class StripeSecretKey
{
    /// <summary>The prefix of keys that open a local Stripe sandbox, and nothing else. Each machine adds a generated part to it.</summary>
    public const string Sandbox = "sk_test_checkout_aspire_sandbox";

    private StripeSecretKey(string value, StripeMode mode) => (Value, Mode) = (value, mode);

    /// <summary>The key itself, for Stripe's client only.</summary>
    public string Value { get; }

    /// <summary>The mode by the key's prefix.</summary>
    public StripeMode Mode { get; }

    /// <summary>Whether the key moves real money.</summary>
    public bool IsLive => Mode is StripeMode.Live;

    /// <summary>Reads a key by its prefix, <see href="https://docs.stripe.com/keys">as Stripe documents them</see>.</summary>
    /// <param name="value">For example <c>sk_test_51…</c>.</param>
    /// <param name="key">The key, if the value is one.</param>
    /// <param name="refusal">Otherwise a sentence that names the problem without quoting the value.</param>
    public static bool TryParse(
        string? value, [NotNullWhen(true)] out StripeSecretKey? key, [NotNullWhen(false)] out string? refusal)
    {
        key = null;
        refusal = null;
        switch (value?.Trim())
        {
            case null or "":
                refusal = "STRIPE_SECRET_KEY is missing: set it to your Stripe secret key (sk_test_… or rk_test_… for tests).";
                return false;
            case var sandbox when sandbox.StartsWith(Sandbox, StringComparison.Ordinal):
                key = new StripeSecretKey(sandbox, StripeMode.Sandbox);
                return true;
            case var test when test.StartsWith("sk_test_", StringComparison.Ordinal) || test.StartsWith("rk_test_", StringComparison.Ordinal):
                key = new StripeSecretKey(test, StripeMode.Test);
                return true;
            case var live when live.StartsWith("sk_live_", StringComparison.Ordinal) || live.StartsWith("rk_live_", StringComparison.Ordinal):
                key = new StripeSecretKey(live, StripeMode.Live);
                return true;
            case var publishable when publishable.StartsWith("pk_", StringComparison.Ordinal):
                refusal = "STRIPE_SECRET_KEY holds a publishable key (pk_…), which cannot create a Checkout Session: "
                    + "use the secret key (sk_…) or a restricted key (rk_…) of the same account.";
                return false;
            default:
                refusal = "STRIPE_SECRET_KEY is not a Stripe secret key: it starts with sk_test_, rk_test_, sk_live_ or rk_live_.";
                return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"Stripe key ({Mode})";
}
