namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>The application's graph as plain processes: what <c>AppHost.cs</c> says to Aspire.</summary>
internal static class LocalGraph
{
    private const string InstallRedis = "install redis-server, or set ConnectionStrings__redis to a Redis of yours (./run does the former)";

    /// <summary>
    /// One line a message, and of the framework only what is wrong. Behind the prefix ASPNETCORE_ these are the weakest source of
    /// configuration: an appsettings.json or a variable of the user's (<c>Logging__LogLevel__Default</c>) wins
    /// (https://learn.microsoft.com/aspnet/core/fundamentals/configuration/#default-host-configuration).
    /// </summary>
    private static readonly (string Key, string Value)[] s_logging =
    [
        ("Console__FormatterName", "simple"),
        ("Console__FormatterOptions__SingleLine", "true"),
        ("LogLevel__Microsoft.AspNetCore", "Warning"),
        ("LogLevel__Microsoft.Hosting.Lifetime", "Warning"),
        ("LogLevel__Polly", "Warning"),
        ("LogLevel__System.Net.Http.HttpClient", "Warning"),
    ];

    /// <summary>The resources, each after those it waits for.</summary>
    /// <param name="configuration">The variables.</param>
    /// <param name="topology">The ports.</param>
    /// <param name="layout">Where the services lie.</param>
    /// <param name="data">Where Redis keeps its data.</param>
    /// <param name="otlpEndpoint">Where the services report their spans; null leaves that to the environment they inherit.</param>
    public static IReadOnlyList<LocalResource> Create(
        CheckoutConfiguration configuration, Topology topology, LocalLayout layout, DataDirectory data, string? otlpEndpoint)
    {
        var graph = new List<LocalResource>();
        if (!configuration.HasRedis)
        {
            graph.Add(Redis(topology, data.Redis(configuration.Mode)));
        }

        if (configuration.Mode == StripeMode.Sandbox)
        {
            graph.Add(Service(ResourceNames.StripeSandbox, "CheckoutAspire.StripeSandbox", topology.StripeSandboxPort, Variables.StripeSandbox));
        }

        graph.Add(Service(ResourceNames.McpApi, "CheckoutAspire.McpApi", topology.McpApiPort, Variables.McpApi));
        graph.Add(Service(ResourceNames.Webhooks, "CheckoutAspire.Webhooks", topology.WebhooksPort, Variables.Webhooks));
        graph.Add(Service(ResourceNames.Worker, "CheckoutAspire.Worker", topology.WorkerPort, Variables.Worker));
        return graph;

        LocalResource Service(string name, string project, int port, IReadOnlyList<string> variables)
        {
            // Those that use Redis, or call Stripe, wait for it where it is ours.
            var uses = new List<string>();
            if (variables.Contains(Variables.Redis))
            {
                uses.Add(ResourceNames.Redis);
            }

            if (variables.Contains(Variables.StripeApiBase))
            {
                uses.Add(ResourceNames.StripeSandbox);
            }

            var url = $"http://localhost:{port}";
            return new LocalResource
            {
                Name = name,
                Command = DotNet(),
                Arguments = [layout.Assembly(project)],
                WorkingDirectory = layout.ProjectDirectory(project),
                Environment = Environment(name, url, variables),
                Readiness = new HttpReadiness($"{url}/health"),
                WaitsFor = [.. uses.Where(used => graph.Exists(resource => resource.Name == used))],
                Port = port,
                RequiredFile = layout.Assembly(project),
                IfMissing = "build it with `dotnet build` (./run does)",
            };
        }

        Dictionary<string, string> Environment(string name, string url, IReadOnlyList<string> variables)
        {
            var environment = new Dictionary<string, string>(configuration.For(variables), StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = url,
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["OTEL_SERVICE_NAME"] = name,
            };
            foreach (var (key, value) in s_logging)
            {
                environment[$"ASPNETCORE_Logging__{key}"] = value;
            }

            if (variables.Contains(Variables.Redis))
            {
                environment.TryAdd(Variables.Redis, topology.RedisConnectionString);
            }

            if (otlpEndpoint is not null)
            {
                environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpEndpoint;
                environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
                environment["OTEL_BSP_SCHEDULE_DELAY"] = "500";
            }

            return environment;
        }
    }

    private static LocalResource Redis(Topology topology, string directory) => new()
    {
        Name = ResourceNames.Redis,
        Command = "redis-server",
        Arguments = topology.RedisServerArguments(directory),
        WorkingDirectory = directory,
        Environment = new Dictionary<string, string>(),
        Readiness = new RedisReadiness(topology.RedisConnectionString),
        Port = topology.RedisPort,
        IfMissing = InstallRedis,
    };

    /// <summary>The host that runs this process, so that the services run on the same .NET.</summary>
    private static string DotNet() =>
        System.Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
