using System.Runtime.Versioning;

namespace CheckoutAspire.AppHost.Tests;

public sealed class CheckoutConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private DataDirectory Data => new(Path.Combine(_directory.Path, ".data"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_key_the_sandbox_stands_in_with_its_base_its_key_and_a_secret_of_this_machine()
    {
        var configuration = Resolve();

        Assert.Equal(StripeMode.Sandbox, configuration.Mode);
        Assert.Equal("sk_test_checkout_aspire_sandbox", configuration.Values["STRIPE_SECRET_KEY"]);
        Assert.Equal("http://localhost:5082", configuration.Values["STRIPE_API_BASE"]);
        Assert.Equal("http://localhost:5081/webhook/stripe", configuration.Values["SANDBOX_WEBHOOK_URL"]);
        Assert.Equal("http://localhost:5080", configuration.Values["APP_BASE_URL"]);
        Assert.Matches("^whsec_[0-9a-f]{64}$", configuration.Values["STRIPE_WEBHOOK_SECRET"]);
        Assert.Equal(configuration.Values["STRIPE_WEBHOOK_SECRET"], Resolve().Values["STRIPE_WEBHOOK_SECRET"]);
    }

    [Fact]
    public void The_sandbox_is_given_no_webhook_secret_of_the_user_s()
    {
        var configuration = Resolve(("STRIPE_WEBHOOK_SECRET", "whsec_users"));

        Assert.DoesNotContain("whsec_users", configuration.Values.Values);
    }

    [Theory]
    [InlineData("sk_test_1", nameof(StripeMode.Test))]
    [InlineData("rk_test_1", nameof(StripeMode.Test))]
    [InlineData("sk_live_1", nameof(StripeMode.Live))]
    [InlineData("rk_live_1", nameof(StripeMode.Live))]
    public void Nothing_of_the_sandbox_reaches_a_configuration_with_a_key_of_the_user_s(string key, string mode)
    {
        var sandbox = Resolve();

        var configuration = Resolve(
            ("STRIPE_SECRET_KEY", key),
            ("STRIPE_WEBHOOK_SECRET", "whsec_users"),
            ("APP_BASE_URL", "https://shop.example"),
            ("SANDBOX_WEBHOOK_URL", "http://localhost:5081/webhook/stripe"),
            ("Sandbox__DataDirectory", "/somewhere"));

        Assert.Equal(mode, configuration.Mode.ToString());
        Assert.Equal(key, configuration.Values["STRIPE_SECRET_KEY"]);
        Assert.Equal("whsec_users", configuration.Values["STRIPE_WEBHOOK_SECRET"]);
        Assert.DoesNotContain("STRIPE_API_BASE", configuration.Values.Keys);
        Assert.DoesNotContain("SANDBOX_WEBHOOK_URL", configuration.Values.Keys);
        Assert.DoesNotContain("Sandbox__DataDirectory", configuration.Values.Keys);
        Assert.DoesNotContain(sandbox.Values["STRIPE_WEBHOOK_SECRET"], configuration.Values.Values);
        Assert.DoesNotContain(sandbox.Values["STRIPE_API_BASE"], configuration.Values.Values);
    }

    [Fact]
    public void A_test_key_may_go_to_another_base_that_is_not_the_sandbox()
    {
        var configuration = Resolve(
            ("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1"), ("STRIPE_API_BASE", "http://localhost:12111"));

        Assert.Equal("http://localhost:12111", configuration.Values["STRIPE_API_BASE"]);
    }

    [Fact]
    public void The_operators_token_is_the_user_s_or_this_machine_s()
    {
        Assert.Equal("mine", Resolve(("OPS_TOKEN", "mine")).Values["OPS_TOKEN"]);
        Assert.Matches("^ops_[0-9a-f]{64}$", Resolve().Values["OPS_TOKEN"]);
    }

    [Theory]
    [InlineData("STRIPE_SECRET_KEY holds a publishable key (pk_…)", "STRIPE_SECRET_KEY=pk_test_1")]
    [InlineData("STRIPE_SECRET_KEY holds a publishable key (pk_…)", "STRIPE_SECRET_KEY=pk_live_1")]
    [InlineData("STRIPE_SECRET_KEY is not a Stripe secret key", "STRIPE_SECRET_KEY=whsec_1")]
    [InlineData("STRIPE_API_BASE is refused with a live key", "STRIPE_SECRET_KEY=sk_live_x", "STRIPE_API_BASE=http://localhost:5082")]
    [InlineData("STRIPE_API_BASE is refused with a live key", "STRIPE_SECRET_KEY=rk_live_x", "STRIPE_API_BASE=https://api.stripe.com")]
    [InlineData("STRIPE_API_BASE is the sandbox's address", "STRIPE_SECRET_KEY=sk_test_1", "STRIPE_API_BASE=http://127.0.0.1:5082/")]
    [InlineData("STRIPE_API_BASE is set without STRIPE_SECRET_KEY", "STRIPE_API_BASE=http://localhost:12111")]
    [InlineData("`stripe listen --all-snapshot --forward-to http://localhost:5081/webhook/stripe`", "STRIPE_SECRET_KEY=sk_test_1")]
    [InlineData("https://dashboard.stripe.com/webhooks", "STRIPE_SECRET_KEY=sk_live_1", "APP_BASE_URL=https://shop.example")]
    [InlineData("APP_BASE_URL must be the public https origin", "STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1")]
    [InlineData(
        "APP_BASE_URL must be the public https origin",
        "STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1", "APP_BASE_URL=http://shop.example")]
    public void A_contradiction_is_refused_with_one_sentence_that_shows_no_value(string sentence, params string[] variables)
    {
        var failure = Assert.Throws<ConfigurationException>(() => Resolve([.. DotEnv.Parse(variables).Select(pair => (pair.Key, pair.Value))]));

        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(variables[0].Split('=')[1] + " ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Generated_secrets_are_for_their_owner_s_eyes_and_outlive_a_run()
    {
        var token = Data.OpsToken();

        Assert.Equal(token, Data.OpsToken());
        Assert.NotEqual(token, Data.WebhookSecret());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Data.OpsTokenFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Data.WebhookSecretFile));
    }

    [Fact]
    public void A_damaged_secret_is_generated_anew()
    {
        var token = Data.OpsToken();
        File.WriteAllText(Data.OpsTokenFile, token[..20]);

        Assert.Matches("^ops_[0-9a-f]{64}$", Data.OpsToken());
    }

    private CheckoutConfiguration Resolve(params IReadOnlyList<(string Name, string Value)> variables) =>
        CheckoutConfiguration.Resolve(
            name => variables.Where(variable => variable.Name == name).Select(variable => variable.Value).FirstOrDefault(),
            new Topology(),
            Data);
}
