using System.Globalization;
using System.Net.Sockets;
using CheckoutAspire.Benchmarks.Load;
using CheckoutAspire.Benchmarks.Peers;

namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>A process that listens, and its port.</summary>
internal sealed record Service(ChildProcess Process, int Port) : IAsyncDisposable
{
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}

/// <summary>Starts the application's own services, as they are shipped, and the peers.</summary>
internal static class Services
{
    /// <summary>The key of the sandbox, which would otherwise generate one.</summary>
    public const string StripeKey = "sk_test_checkout_aspire_sandbox_benchmark";

    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public static Task<Service> StartReceiverAsync(RedisServer redis, CancellationToken cancellationToken) =>
        StartDotnetAsync([Layout.Receiver], redis, "/health", cancellationToken);

    /// <summary>Launches the worker without handlers, and without Stripe: nothing listens where it would write its witness.</summary>
    public static Service LaunchWorker(RedisServer redis, int partitions = 1) => LaunchDotnet(
        [Layout.Worker],
        redis,
        new()
        {
            ["STRIPE_SECRET_KEY"] = StripeKey,
            ["STRIPE_API_BASE"] = Url(FreePort.Next()),
            ["Worker__ReconcileInterval"] = "1.00:00:00",
            ["Orders__Partitions"] = partitions.ToString(CultureInfo.InvariantCulture),
        });

    public static async Task<Service> StartWorkerAsync(RedisServer redis, CancellationToken cancellationToken, int partitions = 1)
    {
        var worker = LaunchWorker(redis, partitions);
        await worker.Process.WaitUntilReadyAsync(() => AnswersAsync(Url(worker.Port) + "/health"), cancellationToken);
        return worker;
    }

    /// <summary>The Stripe sandbox with its journal, delivering to <paramref name="webhookUrl"/>.</summary>
    public static async Task<Service> StartSandboxAsync(string webhookUrl, string dataDirectory, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var process = ChildProcess.Start(
            "dotnet",
            [Layout.Sandbox],
            new Dictionary<string, string>
            {
                ["ASPNETCORE_URLS"] = Url(port),
                ["STRIPE_SECRET_KEY"] = StripeKey,
                ["STRIPE_WEBHOOK_SECRET"] = PreparedEvents.Secret,
                ["SANDBOX_WEBHOOK_URL"] = webhookUrl,
                ["Sandbox__DataDirectory"] = dataDirectory,
                ["Logging__LogLevel__Default"] = "Warning",
            },
            directory: Path.GetDirectoryName(Layout.Sandbox));
        await process.WaitUntilReadyAsync(() => AnswersAsync(Url(port) + "/health"), cancellationToken);
        return new Service(process, port);
    }

    public static Task<Service> StartSandboxAsync(RedisServer redis, CancellationToken cancellationToken) =>
        StartDotnetAsync([Layout.Sandbox], redis, "/health", cancellationToken, new() { ["STRIPE_SECRET_KEY"] = StripeKey });

    /// <summary>Starts the MCP API as a developer has it: without credentials, over this Stripe.</summary>
    public static async Task<Service> StartMcpApiAsync(RedisServer redis, string stripe, CancellationToken cancellationToken)
    {
        var service = LaunchDotnet([Layout.McpApi], redis, new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["STRIPE_SECRET_KEY"] = StripeKey,
            ["STRIPE_API_BASE"] = stripe,
        });
        await service.Process.WaitUntilReadyAsync(() => AnswersAsync(Url(service.Port) + "/health"), cancellationToken);
        return service;
    }

    public static Task<Service> StartPeerAsync(string name, RedisServer redis, CancellationToken cancellationToken) =>
        StartDotnetAsync([Layout.Self, "serve", name], redis, health: null, cancellationToken);

    public static ChildProcess StartNode(
        string script, RedisServer redis, Dictionary<string, string> environment, bool input = false)
    {
        environment["REDIS_URL"] = redis.Url;
        environment["NODE_ENV"] = "production";
        return ChildProcess.Start(Layout.Node, [Layout.NodeScript(script)], environment, redirectInput: input);
    }

    public static async Task<Service> StartNodeReceiverAsync(RedisServer redis, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var process = StartNode("receiver.mjs", redis, new()
        {
            [PeerConfiguration.SecretVariable] = PreparedEvents.Secret,
            ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
        });
        await process.WaitUntilReadyAsync(() => ListensAsync(port), cancellationToken);
        return new Service(process, port);
    }

    private static async Task<Service> StartDotnetAsync(
        string[] arguments, RedisServer redis, string? health, CancellationToken cancellationToken, Dictionary<string, string>? environment = null)
    {
        var service = LaunchDotnet(arguments, redis, environment ?? []);
        await service.Process.WaitUntilReadyAsync(
            () => health is null ? ListensAsync(service.Port) : AnswersAsync(Url(service.Port) + health), cancellationToken);
        return service;
    }

    private static Service LaunchDotnet(string[] arguments, RedisServer redis, Dictionary<string, string> environment)
    {
        var port = FreePort.Next();
        environment["ASPNETCORE_URLS"] = Url(port);
        environment[PeerConfiguration.RedisVariable] = redis.ConnectionString;
        environment[PeerConfiguration.SecretVariable] = PreparedEvents.Secret;
        return new Service(
            ChildProcess.Start(
                "dotnet", arguments, environment,
                // The folder of its appsettings.json.
                directory: Path.GetDirectoryName(arguments[0])),
            port);
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> AnswersAsync(string url)
    {
        try
        {
            using var answer = await s_http.GetAsync(url);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
