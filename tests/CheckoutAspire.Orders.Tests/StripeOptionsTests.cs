using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Tests;

public sealed class StripeOptionsTests
{
    [Theory]
    [InlineData("sk_test_1", StripeMode.Test)]
    [InlineData("rk_test_1", StripeMode.Test)]
    [InlineData("sk_live_1", StripeMode.Live)]
    [InlineData("rk_live_1", StripeMode.Live)]
    public void The_mode_is_read_from_the_key(string key, StripeMode mode) => Assert.Equal(mode, Read(key).SecretKey.Mode);

    [Theory]
    [InlineData(null, "STRIPE_SECRET_KEY is missing")]
    [InlineData("pk_test_1", "publishable key")]
    [InlineData("whsec_1", "not a Stripe secret key")]
    public void A_value_that_is_not_a_secret_key_is_rejected_by_name(string? key, string sentence) => Assert.Contains(sentence, Refusal(key), StringComparison.Ordinal);

    [Fact]
    public void A_live_key_is_sent_to_Stripe_and_nowhere_else() =>
        Assert.Contains("STRIPE_API_BASE", Refusal("sk_live_x", "http://localhost:5082"), StringComparison.Ordinal);

    [Fact]
    public void The_sandboxs_key_is_sent_to_this_machine_only()
    {
        Assert.Contains("STRIPE_API_BASE", Refusal(StripeSecretKey.Sandbox), StringComparison.Ordinal);
        Assert.Equal(StripeMode.Sandbox, Read(StripeSecretKey.Sandbox, "http://localhost:5082").SecretKey.Mode);
    }

    [Theory]
    [InlineData("ftp://localhost", "STRIPE_API_BASE is not an http or https URL.")]
    [InlineData("localhost", "STRIPE_API_BASE is not an http or https URL.")]
    [InlineData("/v1", "STRIPE_API_BASE is not an http or https URL.")]
    [InlineData("http://stripe.example", "STRIPE_API_BASE would send the key unencrypted to another machine: use https, or an address on this machine.")]
    public void An_address_that_is_invalid_or_unsafe_is_rejected(string apiBase, string sentence) => Assert.Equal(sentence, Refusal("sk_test_1", apiBase));

    [Theory]
    [InlineData(null, "https://api.stripe.com/")]
    [InlineData("", "https://api.stripe.com/")]
    [InlineData("http://localhost:5082", "http://localhost:5082/")]
    [InlineData("https://stripe.example", "https://stripe.example/")]
    public void An_address_is_Stripe_s_own_unless_another_is_set(string? apiBase, string address) =>
        Assert.Equal(address, Read("sk_test_1", apiBase).ApiBase.ToString());

    [Fact]
    public void The_sandbox_s_key_without_its_address_is_refused_with_the_address_to_set() => Assert.Equal(
        "STRIPE_SECRET_KEY is the local sandbox's, but STRIPE_API_BASE is not on this machine: "
        + "set STRIPE_API_BASE to the sandbox's address, for example http://localhost:5082.",
        Refusal(StripeSecretKey.Sandbox));

    [Theory]
    [InlineData(null, "local")]
    [InlineData("", "local")]
    [InlineData("eu-1.shop_B", "eu-1.shop_B")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", "0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_deployment_is_local_unless_it_is_named(string? configured, string deployment) =>
        Assert.Equal(deployment, Read("sk_test_1", deployment: configured).Deployment);

    [Theory]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("my shop")]
    [InlineData("Ä")]
    public void A_deployment_name_that_is_too_long_or_has_other_characters_is_rejected(string deployment) => Assert.Equal(
        "CHECKOUT_DEPLOYMENT must be 1 to 64 ASCII letters, digits, dots, dashes or underscores.",
        Assert.Throws<OptionsValidationException>(() => Read("sk_test_1", deployment: deployment)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_key_is_a_missing_one(string key) => Assert.Equal(
        "STRIPE_SECRET_KEY is missing: set it to your Stripe secret key (sk_test_… or rk_test_… for tests).", Refusal(key));

    [Fact]
    public void A_publishable_key_is_refused_with_the_key_to_use() => Assert.Equal(
        "STRIPE_SECRET_KEY holds a publishable key (pk_…), which cannot create a Checkout Session: "
        + "use the secret key (sk_…) or a restricted key (rk_…) of the same account.",
        Refusal("pk_live_1"));

    [Fact]
    public void A_key_prints_as_its_mode() => Assert.Equal("Stripe key (Live)", Read("sk_live_1").SecretKey.ToString());

    [Fact]
    public void A_key_is_never_printed() => Assert.DoesNotContain("sk_test_1", Read("sk_test_1").SecretKey.ToString(), StringComparison.Ordinal);

    private static string Refusal(string? key, string? apiBase = null) =>
        Assert.Throws<OptionsValidationException>(() => Read(key, apiBase)).Message;

    private static StripeOptions Read(string? key, string? apiBase = null, string? deployment = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("STRIPE_SECRET_KEY", key), new("STRIPE_API_BASE", apiBase), new("CHECKOUT_DEPLOYMENT", deployment)])
            .Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddStripeOptions().BuildServiceProvider();
        return services.GetRequiredService<IOptions<StripeOptions>>().Value;
    }
}
