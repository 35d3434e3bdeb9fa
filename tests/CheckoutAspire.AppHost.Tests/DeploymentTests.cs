using System.Text.RegularExpressions;
using System.Xml.Linq;
using CheckoutAspire.TestKit;
using YamlDotNet.RepresentationModel;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>The files of <c>deploy/</c> agree with the application's manifest: services, variables, ports, probes and references between them.</summary>
public sealed partial class DeploymentTests(ManifestTests.Manifest manifest) : IClassFixture<ManifestTests.Manifest>
{
    private const string Port = "8080";

    // What a deployment sets and the model leaves to .NET, OpenTelemetry or the durability of its own Redis.
    private static readonly string[] s_further =
        ["Logging__Console__FormatterName", "ASPNETCORE_FORWARDEDHEADERS_ENABLED", "SSL_CERT_FILE", "Orders__WaitForReplicas", "OTEL_EXPORTER_OTLP_PROTOCOL"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Services() => new()
    {
        { "mcpapi", "CheckoutAspire.McpApi" },
        { "webhooks", "CheckoutAspire.Webhooks" },
        { "worker", "CheckoutAspire.Worker" },
        { "operations", "CheckoutAspire.Operations" },
    };

    [Fact]
    public void Every_service_of_the_model_is_deployed_and_nothing_of_the_sandbox()
    {
        var services = Services().Select(service => service.Data.Item1).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(services, manifest.Resources.Where(resource => (string?)resource.Value!["type"] == "project.v0").Select(resource => resource.Key).Order(StringComparer.Ordinal));
        Assert.Equal([.. services, "nginx", "redis", "redis-replica"], Compose().Children.Keys.Select(key => $"{key}").Order(StringComparer.Ordinal).OrderBy(name => !services.Contains(name)));
        Assert.Equal(services, Kubernetes().Where(document => Kind(document) == "Deployment").Select(NameOf).Order(StringComparer.Ordinal));
        foreach (var file in Directory.GetFiles(In(""), "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) is not ("try.sh" or "verify.sh")))
        {
            Assert.DoesNotContain("sandbox", File.ReadAllText(file), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_has_the_variables_of_the_model_and_those_that_it_cannot_do_without_are_to_be_filled_in(string service, string project)
    {
        var model = manifest.Resources[service]!["env"]!.AsObject().Select(variable => variable.Key)
            .Where(name => Settings.All.Any(setting => setting.Variable == name) || name == "ConnectionStrings__redis");
        var required = Settings.All.Where(setting => setting.Required).Select(setting => setting.Variable).Append("ConnectionStrings__redis");

        var files = FilesOf(service);
        var variables = files.SelectMany(file => Variable().Matches(File.ReadAllText(In("env", file + ".env")))).ToArray();

        Assert.Equal(model.Order(StringComparer.Ordinal), variables.Select(match => match.Groups[2].Value).Except(s_further).Order(StringComparer.Ordinal));
        Assert.All(variables, match => Assert.True(match.Groups[1].Length > 0 != (required.Contains(match.Groups[2].Value) || match.Groups[3].Length > 0), match.Value));
        Assert.EndsWith(service, project, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_has_the_image_that_its_project_publishes_and_two_instances(string service, string project)
    {
        var repository = XDocument.Load(Path.Combine(Repository.Root, project, project + ".csproj")).Descendants("ContainerRepository").Single().Value;
        var (compose, deployment) = ((YamlMappingNode)Compose()[service], Deployment(service));
        var container = Container(deployment);

        Assert.Equal(repository + ":${CHECKOUT_VERSION}", $"{compose["image"]}");
        Assert.Equal(repository, $"{container["image"]}");
        Assert.Contains(((YamlSequenceNode)Document("kustomization.yaml")["images"]).Children, image => $"{image["name"]}" == repository);
        Assert.Equal("2", $"{((YamlMappingNode)compose["<<"])["deploy"]["replicas"]}");
        Assert.Equal("2", $"{deployment["spec"]["replicas"]}");
        Assert.Equal(FilesOf(service).Select(file => $"env/{file}.env"), ((YamlSequenceNode)compose["env_file"]).Select(file => $"{file}"));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_service_has_the_probes_and_the_port_of_the_model(string service, string project)
    {
        await using var model = await ApplicationModel.BuildAsync();
        var container = Container(Deployment(service));

        var probes = model[service].Annotations.OfType<EndpointProbeAnnotation>().ToDictionary(probe => probe.Type, probe => probe.Path);
        Assert.Equal(probes[ProbeType.Readiness], $"{container["readinessProbe"]["httpGet"]["path"]}");
        Assert.Equal(probes[ProbeType.Liveness], $"{container["livenessProbe"]["httpGet"]["path"]}");
        Assert.Equal(Port, $"{container["ports"][0]["containerPort"]}");
        Assert.Equal([Port], ((YamlSequenceNode)Compose()[service]["expose"]).Select(port => $"{port}"));
        Assert.EndsWith(service, project, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Only_the_services_that_the_model_opens_are_reached_from_outside_where_the_model_says()
    {
        var external = manifest.Resources.Where(resource => resource.Value!["bindings"]?["http"]?["external"] is not null).Select(resource => resource.Key);
        var nginx = File.ReadAllText(In("nginx", "checkout.conf"));
        var shop = Kubernetes().Single(document => Kind(document) == "Ingress" && NameOf(document) == "shop");

        // Operators have a host of their own, for their networks only.
        Assert.Equal([.. external.Order(StringComparer.Ordinal), "operations"], Passed().Matches(nginx).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).OrderBy(name => name == "operations"));
        Assert.Equal(
            external.Order(StringComparer.Ordinal),
            ((YamlSequenceNode)shop["spec"]["rules"][0]["http"]["paths"]).Select(path => $"{path["backend"]["service"]["name"]}").Order(StringComparer.Ordinal));
        Assert.Equal(
            ["mcpapi", "operations", "webhooks"],
            Kubernetes().Where(document => Kind(document) == "Service").Select(NameOf).Where(name => name != "redis").Order(StringComparer.Ordinal));
        Assert.Equal(["nginx"], Compose().Children.Where(service => ((YamlMappingNode)service.Value).Children.ContainsKey("ports")).Select(service => $"{service.Key}"));
    }

    [Fact]
    public void Redis_is_as_durable_as_in_the_model()
    {
        var arguments = (string)manifest.Resources["redis"]!["args"]![1]!;
        var settings = Setting().Matches(arguments).Where(match => match.Groups[1].Value is not ("requirepass" or "save"))
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}").ToArray();

        Assert.Equal(4, settings.Length);
        Assert.All(settings, setting => Assert.Contains(setting, File.ReadAllLines(In("redis", "primary.conf"))));
    }

    /// <summary>Redis 7.0 replays transactions of its append-only file as the default user, and drops those that this user may not execute.</summary>
    [Fact]
    public void The_default_user_of_Redis_is_off_and_may_replay_every_transaction() =>
        Assert.Contains("user default off ~* &* +@all", File.ReadAllLines(In("redis", "users.acl")));

    [Theory]
    [InlineData("mcpapi", "5080", "5180")]
    [InlineData("webhooks", "5081", "5181")]
    [InlineData("worker", "5084", "5184")]
    [InlineData("operations", "5085", "5185")]
    public void The_units_that_the_page_starts_listen_where_nginx_and_the_restarts_expect_them(string service, params string[] ports)
    {
        var (page, upstreams, restart) = (File.ReadAllText(Path.Combine(Repository.Root, "docs", "going-live.md")), File.ReadAllText(In("nginx", "upstreams.conf")), File.ReadAllText(In("rolling-restart.sh")));

        foreach (var port in ports)
        {
            Assert.Contains($"checkout-{service}@{port}", page, StringComparison.Ordinal);
            Assert.Contains($"checkout-{service}@{port}", restart, StringComparison.Ordinal);
            Assert.True(service == "worker" || upstreams.Contains($"127.0.0.1:{port};", StringComparison.Ordinal), port);
        }
    }

    [Fact]
    public async Task The_systemd_units_are_valid()
    {
        if (!ChildProcess.IsOnPath("systemd-analyze"))
        {
            TestContext.Current.TestOutputHelper!.WriteLine("Not checked: systemd-analyze is not installed.");
            return;
        }

        var directory = Directory.CreateTempSubdirectory("checkout-units-");
        try
        {
            foreach (var unit in Directory.GetFiles(In("systemd")))
            {
                // A program that every machine has takes the place of ours, and no user has to exist.
                var text = Program().Replace(await File.ReadAllTextAsync(unit, Cancellation), "ExecStart=/bin/true").Replace("User=checkout\n", "", StringComparison.Ordinal);
                await File.WriteAllTextAsync(Path.Combine(directory.FullName, Path.GetFileName(unit)), text, Cancellation);
            }

            var instances = Directory.GetFiles(directory.FullName).Select(unit => unit.Replace("@.service", "@1.service", StringComparison.Ordinal));
            var result = await ChildProcess.RunAsync("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", .. instances], Cancellation);

            Assert.True(result.ExitCode == 0 && result.Error.Length == 0, result.Error);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string In(params string[] path) => Path.Combine([Repository.Root, "deploy", .. path]);

    /// <summary>The files with the variables of a service, from what Kubernetes gives it.</summary>
    private static IReadOnlyList<string> FilesOf(string service) =>
        [.. ((YamlSequenceNode)Container(Deployment(service))["envFrom"]).Select(source => $"{source["secretRef"]["name"]}")];

    private static YamlMappingNode Deployment(string service) => Kubernetes().Single(document => Kind(document) == "Deployment" && NameOf(document) == service);

    private static YamlNode Container(YamlNode deployment) => deployment["spec"]["template"]["spec"]["containers"][0];

    private static string Kind(YamlNode document) => $"{document["kind"]}";

    private static string NameOf(YamlNode document) => $"{document["metadata"]["name"]}";

    private static YamlMappingNode Compose() => (YamlMappingNode)Document("compose.yaml")["services"];

    private static IEnumerable<YamlMappingNode> Kubernetes() =>
        ((YamlSequenceNode)Document("kustomization.yaml")["resources"]).SelectMany(resource => Documents($"{resource}"));

    private static YamlMappingNode Document(string path) => Documents(path).Single();

    private static YamlMappingNode[] Documents(string path)
    {
        using var reader = new StreamReader(In(path));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return [.. yaml.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    [GeneratedRegex("^(#?)([A-Za-z_]+)=(.*)$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex("proxy_pass http://([a-z]+);")]
    private static partial Regex Passed();

    [GeneratedRegex("--([a-z-]+) ([^ ]+)")]
    private static partial Regex Setting();

    [GeneratedRegex("^ExecStart=.*$", RegexOptions.Multiline)]
    private static partial Regex Program();
}
