using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// Lets commands fail early while the service stops: at once without a connection, and after two seconds without an answer. Under the AppHost, Redis stops together with
/// the services, and each step of their stop would otherwise wait for the client's whole timeout.
/// </summary>
internal sealed class RedisStopTimeout : IHostedLifecycleService
{
    private const int Milliseconds = 2000;

    private ConfigurationOptions? _options;

    /// <summary>Keeps the options of the connection, which the client reads for each command.</summary>
    public void Apply(ConfigurationOptions options) => _options = options;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_options is { } options)
        {
            options.BacklogPolicy = BacklogPolicy.FailFast;
            options.AsyncTimeout = Math.Min(options.AsyncTimeout, Milliseconds);
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
