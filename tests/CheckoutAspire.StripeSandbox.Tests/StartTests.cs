using System.Net;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Start, rejected configuration, and restart.</summary>
public sealed class StartTests
{
    private static readonly Dictionary<string, string> s_environment = new() { ["STRIPE_WEBHOOK_SECRET"] = SandboxServer.WebhookSecret };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("STRIPE_WEBHOOK_SECRET", " ", "STRIPE_WEBHOOK_SECRET is missing")]
    [InlineData("STRIPE_WEBHOOK_SECRET", "secret", "STRIPE_WEBHOOK_SECRET must be a webhook signing secret")]
    [InlineData("STRIPE_SECRET_KEY", "sk_live_51abc", "STRIPE_SECRET_KEY is a live key")]
    [InlineData("STRIPE_SECRET_KEY", "rk_live_51abc", "STRIPE_SECRET_KEY is a live key")]
    [InlineData("STRIPE_SECRET_KEY", "pk_test_51abc", "STRIPE_SECRET_KEY is a publishable key")]
    [InlineData("SANDBOX_WEBHOOK_URL", "localhost:5081", "SANDBOX_WEBHOOK_URL must be an absolute http or https URL")]
    [InlineData("Sandbox__RetryDelays", "soon", "Sandbox__RetryDelays is 'soon'")]
    [InlineData("Sandbox__KeptRecords", "0", "Sandbox__KeptRecords is '0'")]
    [InlineData("Sandbox__RateLimit", "many", "Sandbox__RateLimit is 'many'")]
    public async Task A_wrong_setting_stops_the_start_and_is_reported(string name, string value, string sentence)
    {
        var (exitCode, output) = await ServiceEntryPoint.RunToEndAsync(
            "CheckoutAspire.StripeSandbox", new Dictionary<string, string>(s_environment) { [name] = value });

        Assert.NotEqual(0, exitCode);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.DoesNotContain("51abc", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", null, false)]
    [InlineData("http://[::]:0", null, false)]
    [InlineData("http://*:0", null, false)]
    [InlineData("http://0.0.0.0:0", "true", true)]
    [InlineData("http://127.0.0.1:0", null, true)]
    public async Task Only_this_machine_is_served_unless_forced(string address, string? allowRemote, bool starts)
    {
        await using var process = Start(("ASPNETCORE_URLS", address), ("SANDBOX_ALLOW_REMOTE", allowRemote));

        await process.ReadUntilAsync(Cancellation, starts ? "Application started" : "refuses to listen");
        if (!starts)
        {
            Assert.NotEqual(0, await process.WaitForExitAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData("/sandbox", HttpStatusCode.BadRequest)]
    [InlineData("/v1/account", HttpStatusCode.BadRequest)]
    [InlineData("/health", HttpStatusCode.OK)]
    public async Task A_page_behind_a_rebound_name_reads_nothing_and_a_probe_is_answered(string path, HttpStatusCode expected)
    {
        await using var sandbox = new SandboxServer();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Address, path));
        request.Headers.Host = "rebound.example";

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public void Without_a_key_one_is_generated_that_only_its_owner_can_read()
    {
        var (first, second) = (new SandboxOptions(), new SandboxOptions());
        first.Read(new ConfigurationBuilder().Build());
        second.Read(new ConfigurationBuilder().Build());

        Assert.Matches("^sk_test_checkout_aspire_sandbox_[0-9a-f]{32}$", first.SecretKey);
        Assert.Equal(first.SecretKey, second.SecretKey);
        if (!OperatingSystem.IsWindows())
        {
            var path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "checkout-aspire", "sandbox-key");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Outstanding_deliveries_continue_after_a_restart()
    {
        await using var refusing = await WebhookReceiver.StartAsync([.. Enumerable.Repeat(500, 20)]);
        await using var accepting = await WebhookReceiver.StartAsync();
        var directory = Directory.CreateTempSubdirectory("sandbox-").FullName;
        try
        {
            Session session;
            await using (var first = new SandboxServer(new()
            {
                ["Sandbox:DataDirectory"] = directory,
                ["Sandbox:RetryDelays"] = "10:00:00",
                ["SANDBOX_WEBHOOK_URL"] = refusing.Url,
            }))
            {
                session = await first.CreateAsync();
                await new SessionService(first.Stripe).ExpireAsync(session.Id, cancellationToken: TestContext.Current.CancellationToken);
                await refusing.NextAsync("checkout.session.expired");
            }

            await using var second = new SandboxServer(new()
            {
                ["Sandbox:DataDirectory"] = directory,
                ["SANDBOX_WEBHOOK_URL"] = accepting.Url,
            });
            var webhook = await accepting.NextAsync("checkout.session.expired");

            Assert.Contains(session.Id, webhook.Body, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task State_survives_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("sandbox-").FullName;
        try
        {
            Session open;
            Session paid;
            string before;
            await using (var first = new SandboxServer(new() { ["Sandbox:DataDirectory"] = directory }))
            {
                open = await first.CreateAsync();
                paid = await first.CreateAsync();
                await first.PayByCardAsync(paid);
                before = (await first.GetAsync(paid.Id)).ToJson();
                if (!OperatingSystem.IsWindows())
                {
                    Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Directory.GetFiles(directory).Single()));
                }

                Assert.DoesNotContain(
                    "4242424242424242", await ReadAsync(Directory.GetFiles(directory).Single()), StringComparison.Ordinal);
            }

            await using var second = new SandboxServer(new() { ["Sandbox:DataDirectory"] = directory });
            await second.PayByCardAsync(new Session { Url = new Uri(second.Address, $"/c/pay/{open.Id}").ToString() });

            Assert.Equal(before, (await second.GetAsync(paid.Id)).ToJson());
            Assert.Equal("paid", (await second.GetAsync(open.Id)).PaymentStatus);
            Assert.Equal(2, (await second.EventTypesAsync()).Count(type => type == "checkout.session.completed"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        static async Task<string> ReadAsync(string path)
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Starts the sandbox as a process of its own.</summary>
    private static ChildProcess Start(params (string Name, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string>(s_environment) { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" };
        foreach (var (name, value) in settings.Where(setting => setting.Value is not null))
        {
            environment[name] = value!;
        }

        return ChildProcess.Start("dotnet", [typeof(Program).Assembly.Location], environment);
    }
}
