namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The Stripe account that the sandbox simulates.</summary>
internal static class Merchant
{
    public const string Name = "Sandbox merchant";

    public const string AccountId = "acct_1CheckoutAspireSbx";
}
