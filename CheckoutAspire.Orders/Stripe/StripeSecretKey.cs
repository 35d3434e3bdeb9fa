using System.Diagnostics.CodeAnalysis;

namespace CheckoutAspire.Orders.Stripe;

/// <summary>Whose money a Stripe key moves.</summary>
public enum StripeMode
{
    /// <summary>The local Stripe sandbox of this repository.</summary>
    Sandbox,

    /// <summary>A Stripe account's test mode: real API, no money.</summary>
    Test,

    /// <summary>Real money.</summary>
    Live,
}

/// <summary>A secret or restricted API key of Stripe, and the mode that its prefix says.</summary>
/// <remarks>Never printed: <see cref="ToString"/> gives the mode alone.</remarks>
public sealed class StripeSecretKey
{
    /// <summary>The key that opens the local Stripe sandbox, and nothing else.</summary>
    public const string Sandbox = "sk_test_checkout_aspire_sandbox";

    private StripeSecretKey(string value, StripeMode mode) => (Value, Mode) = (value, mode);

    /// <summary>The key itself; for Stripe's client only.</summary>
    public string Value { get; }

    /// <summary>The mode by the key's prefix.</summary>
    public StripeMode Mode { get; }

    /// <summary>Whether the key moves real money.</summary>
    public bool IsLive => Mode is StripeMode.Live;

    /// <summary>Reads a key by its prefix, <see href="https://docs.stripe.com/keys">as Stripe documents them</see>.</summary>
    /// <param name="value">For example <c>sk_test_51…</c>.</param>
    /// <param name="key">The key, when the value is one.</param>
    /// <param name="refusal">Else a sentence that says what is wrong, without the value.</param>
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
            case Sandbox:
                key = new StripeSecretKey(Sandbox, StripeMode.Sandbox);
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
