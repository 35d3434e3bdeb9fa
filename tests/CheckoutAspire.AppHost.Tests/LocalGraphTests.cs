using System.Text.Json;
using CheckoutAspire.AppHost.LocalHost;

namespace CheckoutAspire.AppHost.Tests;

public sealed class LocalGraphTests : IDisposable
{
    private static readonly string[] s_stripeTest = ["STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET=whsec_1"];

    private readonly TemporaryDirectory _directory = new();

    private DataDirectory Data => new(Path.Combine(_directory.Path, ".data"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void In_sandbox_mode_the_graph_has_five_resources_each_waiting_for_what_it_uses()
    {
        var graph = Graph();

        Assert.Collection(
            graph,
            redis => Assert.Equal(("redis", 5083, ""), Shape(redis)),
            sandbox => Assert.Equal(("stripe-sandbox", 5082, ""), Shape(sandbox)),
            mcpApi => Assert.Equal(("mcpapi", 5080, "redis stripe-sandbox"), Shape(mcpApi)),
            webhooks => Assert.Equal(("webhooks", 5081, "redis"), Shape(webhooks)),
            worker => Assert.Equal(("worker", 5084, "redis stripe-sandbox"), Shape(worker)));
    }

    [Theory]
    [InlineData("STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET=whsec_1")]
    [InlineData("STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1", "APP_BASE_URL=https://shop.example")]
    public void With_a_stripe_key_there_is_no_sandbox_and_no_trace_of_it(params string[] variables)
    {
        var sandboxSecret = Data.WebhookSecret();
        var graph = Graph(variables);

        Assert.Equal(["redis", "mcpapi", "webhooks", "worker"], graph.Select(resource => resource.Name));
        Assert.All(graph, resource =>
        {
            Assert.DoesNotContain("stripe-sandbox", resource.WaitsFor);
            Assert.DoesNotContain("STRIPE_API_BASE", resource.Environment.Keys);
            Assert.DoesNotContain(resource.Environment.Values, value =>
                value == sandboxSecret
                || value.Contains("sandbox", StringComparison.OrdinalIgnoreCase)
                || value.Contains("5082", StringComparison.Ordinal));
            Assert.DoesNotContain(resource.Arguments, argument => argument.Contains("sandbox", StringComparison.OrdinalIgnoreCase));
        });
    }

    [Fact]
    public void A_redis_of_the_user_s_replaces_the_embedded_one()
    {
        var graph = Graph("ConnectionStrings__redis=redis.example:6379,password=p");

        Assert.DoesNotContain(graph, resource => resource.Name == "redis" || resource.WaitsFor.Contains("redis"));
        Assert.All(
            graph.Where(resource => resource.Name != "stripe-sandbox"),
            resource => Assert.Equal("redis.example:6379,password=p", resource.Environment["ConnectionStrings__redis"]));
    }

    [Fact]
    public void The_embedded_redis_listens_on_loopback_and_is_durable()
    {
        var redis = Graph().Single(resource => resource.Name == "redis");
        var directory = Path.Combine(_directory.Path, ".data", "redis", "sandbox");

        Assert.Equal("redis-server", redis.Command);
        Assert.Equal(
            [
                "--port", "5083", "--bind", "127.0.0.1", "--dir", directory, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
            ],
            redis.Arguments);
        Assert.Equal(new RedisReadiness("127.0.0.1:5083"), redis.Readiness);
    }

    [Fact]
    public void Each_mode_has_a_ledger_of_its_own() => Assert.NotEqual(Graph()[0].WorkingDirectory, Graph(s_stripeTest)[0].WorkingDirectory);

    [Theory]
    [InlineData("mcpapi", "STRIPE_SECRET_KEY STRIPE_API_BASE APP_BASE_URL ConnectionStrings__redis CHECKOUT_ALLOWED_ORIGINS CHECKOUT_CATALOG CHECKOUT_DAILY_CAP CHECKOUT_DEPLOYMENT Orders__Partitions CHECKOUT_API_KEYS CHECKOUT_OAUTH_AUTHORITY")]
    [InlineData("webhooks", "STRIPE_WEBHOOK_SECRET ConnectionStrings__redis Orders__Partitions")]
    [InlineData("worker", "STRIPE_SECRET_KEY STRIPE_API_BASE ConnectionStrings__redis CHECKOUT_DEPLOYMENT FULFILLMENT_URL FULFILLMENT_SECRET OPS_TOKEN Orders__Partitions")]
    [InlineData("stripe-sandbox", "STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET SANDBOX_WEBHOOK_URL Sandbox__DataDirectory")]
    public void A_service_is_given_its_variables_and_no_other_s(string service, string variables)
    {
        var resource = Graph(
            "CHECKOUT_ALLOWED_ORIGINS=https://a.example", "CHECKOUT_CATALOG=stripe", "CHECKOUT_DAILY_CAP=usd:1", "CHECKOUT_DEPLOYMENT=alice", "FULFILLMENT_URL=https://m.example",
            "FULFILLMENT_SECRET=whsec_2", "OPS_TOKEN=t", "Orders__Partitions=4", "CHECKOUT_API_KEYS=a:b", "CHECKOUT_OAUTH_AUTHORITY=https://login.example").Single(resource => resource.Name == service);

        Assert.Equal(
            variables.Split(' ').Order(StringComparer.Ordinal),
            resource.Environment.Keys.Where(Variables.All.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_user_has_not_set_is_not_set_for_a_service()
    {
        var worker = Graph().Single(resource => resource.Name == "worker");

        Assert.DoesNotContain("FULFILLMENT_URL", worker.Environment.Keys);
        Assert.DoesNotContain("Orders__Partitions", worker.Environment.Keys);
    }

    [Fact]
    public void The_sandbox_delivers_to_the_receiver_and_both_know_one_secret()
    {
        var graph = Graph().ToDictionary(resource => resource.Name);

        Assert.Equal("http://localhost:5081/webhook/stripe", graph["stripe-sandbox"].Environment["SANDBOX_WEBHOOK_URL"]);
        Assert.Equal(
            graph["stripe-sandbox"].Environment["STRIPE_WEBHOOK_SECRET"], graph["webhooks"].Environment["STRIPE_WEBHOOK_SECRET"]);
    }

    [Fact]
    public void A_service_listens_on_its_address_and_reports_under_its_name()
    {
        var mcpApi = Graph().Single(resource => resource.Name == "mcpapi");

        Assert.Equal("http://localhost:5080", mcpApi.Environment["ASPNETCORE_URLS"]);
        Assert.Equal("Development", mcpApi.Environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("mcpapi", mcpApi.Environment["OTEL_SERVICE_NAME"]);
        Assert.Equal("http://127.0.0.1:4318", mcpApi.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("http/protobuf", mcpApi.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("500", mcpApi.Environment["OTEL_BSP_SCHEDULE_DELAY"]);
        Assert.Equal(new HttpReadiness("http://localhost:5080/health"), mcpApi.Readiness);
        Assert.Equal([Path.Combine("root", "artifacts", "bin", "CheckoutAspire.McpApi", "debug", "CheckoutAspire.McpApi.dll")], mcpApi.Arguments);
        Assert.Equal(Path.Combine("root", "CheckoutAspire.McpApi"), mcpApi.WorkingDirectory);
    }

    [Fact]
    public void A_collector_of_the_user_s_is_left_to_the_environment()
    {
        var graph = LocalGraph.Create(Resolve([]), new Topology(), new LocalLayout("root", "debug"), Data, otlpEndpoint: null);

        Assert.All(graph, resource => Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", resource.Environment.Keys));
    }

    [Fact]
    public void The_ports_are_those_of_the_launch_profiles_that_Aspire_reads()
    {
        var root = LocalLayout.Of(AppContext.BaseDirectory).Root;
        var topology = new Topology();
        Assert.Equal(topology.McpApi, ApplicationUrl("McpApi"));
        Assert.Equal(topology.Webhooks, ApplicationUrl("Webhooks"));
        Assert.Equal(topology.StripeSandbox, ApplicationUrl("StripeSandbox"));
        Assert.Equal(topology.Worker, ApplicationUrl("Worker"));

        string? ApplicationUrl(string service)
        {
            var file = Path.Combine(root, $"CheckoutAspire.{service}", "Properties", "launchSettings.json");
            using var settings = JsonDocument.Parse(File.ReadAllText(file));
            return settings.RootElement.GetProperty("profiles").GetProperty("http").GetProperty("applicationUrl").GetString();
        }
    }

    /// <summary>Read, not run: the feed of this machine may not have Aspire.</summary>
    [Theory]
    [InlineData("AddProject<Projects.CheckoutAspire_StripeSandbox>")]
    [InlineData("AddExecutable(ResourceNames.StripeListen")]
    public void What_stands_in_for_Stripe_or_forwards_for_it_is_in_no_manifest(string resource)
    {
        var root = LocalLayout.Of(AppContext.BaseDirectory).Root;
        var model = File.ReadAllText(Path.Combine(root, "CheckoutAspire.AppHost", "AppHost.cs"));

        var statement = Assert.Single(model.Split(';'), statement => statement.Contains(resource, StringComparison.Ordinal));

        Assert.EndsWith(".ExcludeFromManifest()", statement, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_that_lies_elsewhere_is_told_so() =>
        Assert.Throws<ConfigurationException>(() => LocalLayout.Of("/opt/checkout/"));

    private IReadOnlyList<LocalResource> Graph(params string[] variables) => LocalGraph.Create(
        Resolve(variables), new Topology(), new LocalLayout("root", "debug"), Data, otlpEndpoint: "http://127.0.0.1:4318");

    private CheckoutConfiguration Resolve(string[] variables) =>
        CheckoutConfiguration.Resolve(DotEnv.Parse(variables).GetValueOrDefault, new Topology(), Data);

    private static (string Name, int? Port, string WaitsFor) Shape(LocalResource resource) =>
        (resource.Name, resource.Port, string.Join(' ', resource.WaitsFor));
}
