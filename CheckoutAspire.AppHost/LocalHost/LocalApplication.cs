using CheckoutAspire.AppHost.LocalHost.OtlpTraces;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>The whole application, running as plain processes.</summary>
internal sealed class LocalApplication : IAsyncDisposable
{
    private OtlpTraceReceiver? _receiver;
    private Supervisor? _supervisor;

    private LocalApplication(CheckoutConfiguration configuration) => Configuration = configuration;

    public CheckoutConfiguration Configuration { get; }

    /// <summary>The spans that the services reported; empty when the user has a collector of their own.</summary>
    public RecentTraces Traces { get; } = new();

    /// <summary>Starts the graph and returns once every resource is ready.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="console">Where the resources' logs go.</param>
    /// <param name="cancellationToken">Gives up, and stops what has started.</param>
    /// <exception cref="ConfigurationException">The variables contradict each other, or Redis is out of reach.</exception>
    /// <exception cref="ResourceFailedException">A resource could not start; everything else is stopped again.</exception>
    public static async Task<LocalApplication> StartAsync(
        LocalApplicationOptions options, HostConsole console, CancellationToken cancellationToken)
    {
        var configuration = CheckoutConfiguration.Resolve(options.Variable, options.Topology, options.Data);
        await CheckRedisAsync(configuration, cancellationToken);

        var application = new LocalApplication(configuration);
        try
        {
            await application.StartCoreAsync(options, console, cancellationToken);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="Supervisor.WatchAsync"/>
    public Task WatchAsync(CancellationToken cancellationToken) => _supervisor!.WatchAsync(cancellationToken);

    /// <summary>Stops everything, in order.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }
    }

    private async Task StartCoreAsync(LocalApplicationOptions options, HostConsole console, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(options.Variable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            var orders = new FulfilledOrders(Traces, console.Write, TimeProvider.System);
            _receiver = await OtlpTraceReceiver.StartAsync(orders.Receive, cancellationToken);
        }

        var graph = LocalGraph.Create(Configuration, options.Topology, options.Layout, options.Data, _receiver?.Endpoint);
        _supervisor = new Supervisor(graph, console, TimeProvider.System, options.Hurry);
        await _supervisor.StartAsync(cancellationToken);
    }

    private static async Task CheckRedisAsync(CheckoutConfiguration configuration, CancellationToken cancellationToken)
    {
        if (!configuration.HasRedis)
        {
            return;
        }

        string? answer;
        try
        {
            answer = await new RedisReadiness(configuration.Values[Variables.Redis]).ProbeAsync(cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(
                $"{Variables.Redis} is no connection string of StackExchange.Redis; an example is localhost:6379,password=….", exception);
        }

        if (answer is not null)
        {
            throw new ConfigurationException($"{answer}: start it, or unset {Variables.Redis} to use the embedded one.");
        }
    }
}
