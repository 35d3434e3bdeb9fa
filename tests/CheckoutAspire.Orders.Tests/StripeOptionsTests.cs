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
    public void The_key_says_its_mode(string key, StripeMode mode) => Assert.Equal(mode, Read(key).SecretKey.Mode);

    [Theory]
    [InlineData(null, "STRIPE_SECRET_KEY is missing")]
    [InlineData("pk_test_1", "publishable key")]
    [InlineData("whsec_1", "not a Stripe secret key")]
    public void What_is_no_secret_key_is_refused_by_name(string? key, string sentence) => Assert.Contains(sentence, Refusal(key), StringComparison.Ordinal);

    [Fact]
    public void A_live_key_is_sent_to_Stripe_and_nowhere_else() =>
        Assert.Contains("STRIPE_API_BASE", Refusal("sk_live_x", "http://localhost:5082"), StringComparison.Ordinal);

    [Fact]
    public void The_sandboxs_key_is_sent_to_this_machine_only()
    {
        Assert.Contains("STRIPE_API_BASE", Refusal(StripeSecretKey.Sandbox), StringComparison.Ordinal);
        Assert.Equal(StripeMode.Sandbox, Read(StripeSecretKey.Sandbox, "http://localhost:5082").SecretKey.Mode);
    }

    [Fact]
    public void A_key_is_never_printed() => Assert.DoesNotContain("sk_test_1", Read("sk_test_1").SecretKey.ToString(), StringComparison.Ordinal);

    private static string Refusal(string? key, string? apiBase = null) =>
        Assert.Throws<OptionsValidationException>(() => Read(key, apiBase)).Message;

    private static StripeOptions Read(string? key, string? apiBase = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("STRIPE_SECRET_KEY", key), new("STRIPE_API_BASE", apiBase)])
            .Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddStripeOptions().BuildServiceProvider();
        return services.GetRequiredService<IOptions<StripeOptions>>().Value;
    }
}
