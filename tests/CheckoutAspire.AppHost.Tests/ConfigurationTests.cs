using System.Net;
using System.Net.Sockets;

namespace CheckoutAspire.AppHost.Tests;

public sealed class ConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-env-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("STRIPE_SECRET_KEY holds a publishable key (pk_…)", "STRIPE_SECRET_KEY=pk_test_1")]
    [InlineData("STRIPE_SECRET_KEY holds a publishable key (pk_…)", "STRIPE_SECRET_KEY=pk_live_1")]
    [InlineData("STRIPE_SECRET_KEY is not a Stripe secret key", "STRIPE_SECRET_KEY=whsec_1")]
    [InlineData("STRIPE_SECRET_KEY is the sandbox's own key", "STRIPE_SECRET_KEY=sk_test_checkout_aspire_sandbox")]
    [InlineData("STRIPE_API_BASE is refused with a live key", "STRIPE_SECRET_KEY=sk_live_x", "STRIPE_API_BASE=http://localhost:5082")]
    [InlineData("STRIPE_API_BASE is refused with a live key", "STRIPE_SECRET_KEY=rk_live_x", "STRIPE_API_BASE=https://api.stripe.com")]
    [InlineData("STRIPE_API_BASE is set without STRIPE_SECRET_KEY", "STRIPE_API_BASE=http://localhost:12111")]
    [InlineData("`stripe listen --all-snapshot --forward-to http://localhost:5081/webhook/stripe`", "STRIPE_SECRET_KEY=sk_test_1")]
    [InlineData("https://dashboard.stripe.com/webhooks", "STRIPE_SECRET_KEY=sk_live_1", "APP_BASE_URL=https://shop.example")]
    [InlineData("APP_BASE_URL must be the public https origin", "STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1")]
    [InlineData("APP_BASE_URL must be the public https origin", "STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1", "APP_BASE_URL=http://shop.example")]
    public void Contradictory_settings_are_rejected_with_one_sentence_without_their_values(string sentence, params string[] arguments)
    {
        var builder = DistributedApplication.CreateBuilder(arguments);

        var refusal = Assert.Throws<ConfigurationException>(builder.AddStripe);

        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(arguments[0].Split('=')[1] + " ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_refused_by_its_number()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var builder = DistributedApplication.CreateBuilder([]);
        builder.AddExecutable("own", "true", ".").WithHttpEndpoint(port);

        var refusal = Assert.Throws<ConfigurationException>(() => WelcomeExtensions.RefusePortsInUse(builder, isIsolated: false));

        Assert.StartsWith($"Port {port} is in use", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dot_env_file_is_read_into_the_configuration_and_not_into_the_environment()
    {
        var configuration = LocalFilesExtensions.ReadDotEnv(Write("""
            # a comment
            STRIPE_SECRET_KEY=sk_test_123
            export APP_BASE_URL="https://shop.example" # a comment
            FULFILLMENT_SECRET='whsec_1 # not a comment'
            Orders__Partitions=4
            """));

        Assert.Equal("sk_test_123", configuration["STRIPE_SECRET_KEY"]);
        Assert.Equal("https://shop.example", configuration["APP_BASE_URL"]);
        Assert.Equal("whsec_1 # not a comment", configuration["FULFILLMENT_SECRET"]);
        Assert.Equal("4", configuration["Orders:Partitions"]);
        Assert.NotEqual("https://shop.example", Environment.GetEnvironmentVariable("APP_BASE_URL"));
    }

    [Fact]
    public void A_line_of_dot_env_that_is_not_an_assignment_is_reported_by_its_number_only()
    {
        var path = Write("A=1\nwhsec_secret text\n");

        var refusal = Assert.Throws<ConfigurationException>(() => LocalFilesExtensions.ReadDotEnv(path));

        Assert.Equal("Line 2 of .env is not NAME=value.", refusal.Message);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_directory.FullName, ".env");
        File.WriteAllText(path, text);
        return path;
    }
}
