using CheckoutAspire.McpApi.Access;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Configuration;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ConfigurationErrorTests
{
    private const string Service = "CheckoutAspire.McpApi";
    private const string Digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private static readonly Dictionary<string, string> s_good = new()
    {
        ["STRIPE_SECRET_KEY"] = "sk_test_checkout_aspire_sandbox",
        ["STRIPE_API_BASE"] = "http://localhost:5082",
        ["ConnectionStrings__redis"] = "127.0.0.1:1",
    };

    public static TheoryData<string, string> Invalid() => new()
    {
        { "STRIPE_SECRET_KEY=", "STRIPE_SECRET_KEY is missing" },
        { "STRIPE_SECRET_KEY=pk_test_x", "publishable key" },
        { "STRIPE_SECRET_KEY=whsec_x", "STRIPE_SECRET_KEY is not a Stripe secret key" },
        { "STRIPE_SECRET_KEY=sk_live_x", "STRIPE_API_BASE is set together with a live STRIPE_SECRET_KEY" },
        { "STRIPE_SECRET_KEY=sk_live_x STRIPE_API_BASE=", "any client that reaches this server could sell in your name" },
        { "STRIPE_SECRET_KEY=rk_live_x STRIPE_API_BASE=https://api.stripe.com", "STRIPE_SECRET_KEY is a live key" },
        { "STRIPE_API_BASE=https://api.stripe.com", "STRIPE_SECRET_KEY is the local sandbox's" },
        { "STRIPE_SECRET_KEY=sk_test_x STRIPE_API_BASE=http://10.0.0.1:5082", "STRIPE_API_BASE would send the key unencrypted" },
        { "STRIPE_API_BASE=nowhere", "STRIPE_API_BASE is not an http or https URL" },
        { "CHECKOUT_DEPLOYMENT=a,b", "CHECKOUT_DEPLOYMENT must be" },
        { "ASPNETCORE_ENVIRONMENT=Production", "ASPNETCORE_ENVIRONMENT is Production" },
        { "ASPNETCORE_ENVIRONMENT=Staging", "ASPNETCORE_ENVIRONMENT is Staging" },
        { "ASPNETCORE_ENVIRONMENT=Production", "Set CHECKOUT_API_KEYS or CHECKOUT_OAUTH_AUTHORITY" },
        { "CHECKOUT_API_KEYS=the-key-itself", "CHECKOUT_API_KEYS must be name:digest" },
        { $"CHECKOUT_API_KEYS=a:{Digest}:checkout:erase", "CHECKOUT_API_KEYS gives a an unknown scope" },
        { $"CHECKOUT_API_KEYS=a:{Digest},a:{Digest}", "CHECKOUT_API_KEYS has two keys named a" },
        { "CHECKOUT_OAUTH_AUTHORITY=http://login.example", "CHECKOUT_OAUTH_AUTHORITY and CHECKOUT_OAUTH_METADATA_URL must be https" },
        { "CHECKOUT_OAUTH_AUDIENCE=https://shop.example/mcp", "CHECKOUT_OAUTH_AUDIENCE requires CHECKOUT_OAUTH_AUTHORITY" },
        { "CHECKOUT_RATE_LIMIT_CREATES=0", "CHECKOUT_RATE_LIMIT_CREATES must be" },
        { "CHECKOUT_RATE_LIMIT_READS=many", "CHECKOUT_RATE_LIMIT_READS must be" },
        { "CHECKOUT_AUDIT_RETENTION=00:00:01", "CHECKOUT_AUDIT_RETENTION must be" },
        { $"STRIPE_SECRET_KEY=sk_live_x STRIPE_API_BASE= CHECKOUT_API_KEYS=a:{Digest}", "APP_BASE_URL and CHECKOUT_ALLOWED_ORIGINS must be https" },
        { "APP_BASE_URL=shop.example", "APP_BASE_URL must be an origin" },
        { "APP_BASE_URL=https://shop.example/path", "APP_BASE_URL must be an origin" },
        { "APP_BASE_URL=ftp://shop.example", "APP_BASE_URL must be an origin" },
        { "CHECKOUT_ALLOWED_ORIGINS=https://a.example,javascript:x", "CHECKOUT_ALLOWED_ORIGINS must be an origin" },
        { "CHECKOUT_SELLER_NAME=a\nb", "CHECKOUT_SELLER_NAME must be at most 100 characters" },
        { "CHECKOUT_SUPPORT_URL=mailto:nobody", "CHECKOUT_SUPPORT_URL must be an https address or an e-mail address" },
        { "CHECKOUT_SUPPORT_URL=http://shop.example/help", "CHECKOUT_SUPPORT_URL must be an https address or an e-mail address" },
        { "CHECKOUT_SHOP_URL=javascript:alert(1)", "CHECKOUT_SHOP_URL must be an https address" },
        { "CHECKOUT_SHOP_URL=mailto:help@shop.example", "CHECKOUT_SHOP_URL must be an https address" },
        { "CHECKOUT_SHOP_URL=https://user@shop.example", "CHECKOUT_SHOP_URL must be an https address" },
        { "CHECKOUT_CATALOG=nowhere.json", "CHECKOUT_CATALOG: nowhere.json cannot be read" },
        { "CHECKOUT_SESSION_TEMPLATE=nowhere.json", "CHECKOUT_SESSION_TEMPLATE: nowhere.json cannot be read" },
        { "CHECKOUT_AGENT_PARAMETERS=mode", "CHECKOUT_AGENT_PARAMETERS has mode" },
        { "CHECKOUT_CATALOG_OPT_IN=yes", "CHECKOUT_CATALOG_OPT_IN must be true or false" },
        { "CHECKOUT_REFUNDS=yes", "CHECKOUT_REFUNDS must be true or false" },
        { "CHECKOUT_REFUNDS=true", "CHECKOUT_REFUNDS is true, so CHECKOUT_REFUND_MAX and CHECKOUT_REFUND_DAILY_CAP must limit" },
        { "CHECKOUT_REFUND_MAX=100", "CHECKOUT_REFUND_MAX must be amounts" },
        { "CHECKOUT_PRICES=some", "CHECKOUT_PRICES must be open or catalog" },
        { "CHECKOUT_CURRENCIES=usd,xyz", "CHECKOUT_CURRENCIES has the currency xyz" },
        { "CHECKOUT_LINE_MIN=100", "CHECKOUT_LINE_MIN must be amounts" },
        { "CHECKOUT_LINE_MAX=usd:1.5", "CHECKOUT_LINE_MAX must be amounts" },
        { "CHECKOUT_SESSION_MIN=usd:-1", "CHECKOUT_SESSION_MIN must be amounts" },
        { "CHECKOUT_SESSION_MAX=usd", "CHECKOUT_SESSION_MAX must be amounts" },
        { "CHECKOUT_DAILY_CAP=xyz:1", "CHECKOUT_DAILY_CAP has the currency xyz" },
        { "CHECKOUT_BUYER_DAILY_CAP=usd", "CHECKOUT_BUYER_DAILY_CAP must be amounts" },
        { "CHECKOUT_MAX_QUANTITY=0", "CHECKOUT_MAX_QUANTITY must be a whole number" },
        { "CHECKOUT_NAME_MAX_LENGTH=251", "CHECKOUT_NAME_MAX_LENGTH must be a whole number" },
        { "CHECKOUT_NAME_LINKS=maybe", "CHECKOUT_NAME_LINKS must be true or false" },
        { "CHECKOUT_UCP=perhaps", "CHECKOUT_UCP must be true or false" },
        { "CHECKOUT_UCP_LINKS=privacy_policy", "CHECKOUT_UCP_LINKS must be pairs" },
        { "CHECKOUT_UCP_LINKS=privacy_policy=ftp://shop.example/privacy", "CHECKOUT_UCP_LINKS must be pairs" },
        { "ConnectionStrings__redis=", "ConnectionStrings__redis is missing" },
        { "Orders__Partitions=0", "Orders" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task An_invalid_configuration_is_reported_in_one_sentence_and_the_service_exits(string change, string sentence)
    {
        var (exitCode, output) = await ServiceEntryPoint.RunToEndAsync(Service, Environment(change));

        Assert.Equal(1, exitCode);
        var line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(sentence, line, StringComparison.Ordinal);
        Assert.DoesNotContain("_live_x", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the-key-itself", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_process_of_a_service_with_an_invalid_configuration_prints_the_sentence_and_exits_with_code_1()
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync(
            Service, Environment("CHECKOUT_PRICES=some"), TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("CHECKOUT_PRICES must be open or catalog", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_of_another_account_is_refused()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var stripe = new SandboxServer();
        await redis.Database.HashSetAsync("co:ledger", "account", "acct_another");

        var (exitCode, output) = await ServiceProcess.RunToEndAsync(
            Service,
            Environment($"STRIPE_API_BASE={stripe.ApiBase} ConnectionStrings__redis={redis.ConnectionString} ASPNETCORE_URLS=http://127.0.0.1:0"),
            TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("but this ledger holds orders of acct_another: give each account a Redis of its own.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://shop.example", "https://partner.example", true)]
    [InlineData("http://shop.example", "https://partner.example", false)]
    [InlineData("https://shop.example", "http://partner.example", false)]
    public void Live_buyers_are_sent_to_https_only(string appBaseUrl, string allowed, bool accepted)
    {
        Assert.True(StripeSecretKey.TryParse("sk_live_x", out var live, out _));
        var options = new OriginOptions();
        options.Read(new ConfigurationBuilder()
            .AddInMemoryCollection([new("APP_BASE_URL", appBaseUrl), new("CHECKOUT_ALLOWED_ORIGINS", allowed)])
            .Build());

        Assert.Equal(accepted, StartupRules.RejectPlainText(live, options) is null);
    }

    private static Dictionary<string, string> Environment(string change)
    {
        var environment = new Dictionary<string, string>(s_good);
        foreach (var pair in change.Split(' ').Select(pair => pair.Split('=', 2)))
        {
            environment[pair[0]] = pair[1];
        }

        return environment;
    }
}
