using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>The published manifest: what a deployment tool reads.</summary>
public sealed class ManifestTests(ManifestTests.Manifest manifest) : IClassFixture<ManifestTests.Manifest>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void It_holds_redis_the_four_services_and_parameters_and_nothing_of_the_sandbox()
    {
        Assert.Equal(
            ["mcpapi", "operations", "redis", "webhooks", "worker"],
            manifest.Resources.Where(resource => Type(resource.Value!) is "project.v0" or "container.v0").Select(resource => resource.Key).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("sandbox", manifest.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("stripe-listen", manifest.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deployment_is_asked_for_the_required_parameters_only() =>
        Assert.Equal(
            ["app-base-url", "checkout-api-keys", "checkout-deployment", "ops-token", "stripe-secret-key", "stripe-webhook-secret"],
            manifest.Inputs.Where(input => input.Value["default"] is null).Select(input => input.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_setting_that_has_a_place_in_a_deployment_is_a_parameter_and_secrets_are_marked()
    {
        var settings = Settings.All.Where(setting => !setting.RunOnly).ToDictionary(setting => setting.ParameterName);

        Assert.Equal(settings.Keys.Order(StringComparer.Ordinal), manifest.Inputs.Keys.Order(StringComparer.Ordinal));
        Assert.All(manifest.Inputs, input => Assert.Equal(settings[input.Key].Secret, (bool?)input.Value["secret"] is true));
    }

    [Fact]
    public void Redis_is_durable_and_keeps_its_data_in_a_volume()
    {
        var redis = manifest.Resources["redis"]!;

        Assert.EndsWith("--appendonly yes --appendfsync always --maxmemory-policy noeviction --hash-max-listpack-value 1024", (string)redis["args"]![1]!, StringComparison.Ordinal);
        Assert.Equal("/data", (string?)Assert.Single(redis["volumes"]!.AsArray())!["target"]);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("operations")]
    public void The_worker_and_the_operators_service_are_not_reachable_from_outside(string resource) =>
        Assert.All(manifest.Resources[resource]!["bindings"]!.AsObject(), binding => Assert.Null(binding.Value!["external"]));

    [Theory]
    [InlineData("mcpapi", "CheckoutAspire.McpApi")]
    [InlineData("webhooks", "CheckoutAspire.Webhooks")]
    [InlineData("worker", "CheckoutAspire.Worker")]
    [InlineData("operations", "CheckoutAspire.Operations")]
    public async Task A_service_becomes_ready_in_production_with_just_the_manifest_s_variables(string name, string assembly)
    {
        await using var redis = await RedisServer.StartAsync();
        var port = FreePort.Next();
        using var service = new Process { StartInfo = Start(assembly, manifest.Resources[name]!["env"]!.AsObject(), redis.ConnectionString, port) };
        service.Start();
        try
        {
            using var http = new HttpClient();
            var status = await Eventually.GetAsync(
                async () => service.HasExited ? throw new InvalidOperationException(await service.StandardError.ReadToEndAsync(Cancellation)) : await StatusAsync(http, port),
                status => status is HttpStatusCode.OK,
                Cancellation);
            Assert.Equal(HttpStatusCode.OK, status);
        }
        finally
        {
            service.Kill(entireProcessTree: true);
            await service.WaitForExitAsync(Cancellation);
        }
    }

    private static ProcessStartInfo Start(string assembly, JsonObject variables, string redis, int port)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Built(assembly)]) { RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var inherited in new[] { "PATH", "HOME" })
        {
            start.Environment[inherited] = Environment.GetEnvironmentVariable(inherited);
        }

        // The worker calls Stripe at once, and a test must not send anything beyond this machine.
        start.Environment["HTTPS_PROXY"] = "http://127.0.0.1:9";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = Fill((string)value!);
        }

        return start;

        // {checkout-deployment.value}: a value that the operator gave, or the default. The platform of the deployment knows the others.
        string Fill(string expression) => expression switch
        {
            "{redis.connectionString}" => redis,
            _ when expression.EndsWith(".bindings.http.targetPort}", StringComparison.Ordinal) => port.ToString(CultureInfo.InvariantCulture),
            "{app-base-url.value}" => "https://shop.example",
            "{stripe-secret-key.value}" => "sk_live_1",
            "{stripe-webhook-secret.value}" => "whsec_1",
            "{checkout-deployment.value}" => "shop",
            "{checkout-api-keys.value}" => $"agent:{new string('a', 64)}",
            "{ops-token.value}" => new string('t', 24),
            _ when expression.StartsWith("{redis", StringComparison.Ordinal) || !expression.StartsWith('{') => expression,
            _ => "",
        };
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient http, int port)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://localhost:{port}/health"), Cancellation);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string? Type(JsonNode resource) => (string?)resource["type"];

    /// <summary>The manifest, published once by the AppHost as a process of its own.</summary>
    public sealed class Manifest : IAsyncLifetime
    {
        public string Text { get; private set; } = "";

        public JsonObject Resources => JsonNode.Parse(Text)!["resources"]!.AsObject();

        /// <summary>The values that an operator gives, by parameter. The deployment generates Redis's password.</summary>
        public IReadOnlyDictionary<string, JsonNode> Inputs => Resources
            .Where(resource => Type(resource.Value!) == "parameter.v0" && resource.Key != "redis-password")
            .ToDictionary(resource => resource.Key, resource => resource.Value!["inputs"]!["value"]!);

        public async ValueTask InitializeAsync()
        {
            var directory = Directory.CreateTempSubdirectory("checkout-manifest-");
            var path = Path.Combine(directory.FullName, "manifest.json");
            using var publishing = Process.Start(
                "dotnet",
                [Repository.Built("CheckoutAspire.AppHost"), "--operation", "publish", "--step", "publish-manifest", "--output-path", path]);
            await publishing.WaitForExitAsync(Cancellation);
            Assert.Equal(0, publishing.ExitCode);
            Text = await File.ReadAllTextAsync(path, Cancellation);
            directory.Delete(recursive: true);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
