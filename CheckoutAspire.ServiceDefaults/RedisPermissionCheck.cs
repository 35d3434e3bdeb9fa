using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Connections to Redis of this service. <paramref name="Key"/> is their key among the services, or null for the main one.</summary>
internal sealed record RedisConnection(string? Key);

/// <summary>
/// Reports the permissions that Redis denies to this service, on any of its connections: once in the log, and as unhealthy for a minute after each denial. A
/// service that lacks a permission would otherwise repeat a failing command without a word about the cause.
/// </summary>
/// <remarks>CONFIG and INFO are left out: only the durability check uses them directly, and it reports that it may not.</remarks>
internal sealed partial class RedisPermissionCheck(
    IServiceProvider services, IEnumerable<RedisConnection> connections, ILogger<RedisPermissionCheck> logger, TimeProvider? time = null) : IHostedService, IHealthCheck
{
    private const int MaxSentences = 16;

    private static readonly TimeSpan s_remembered = TimeSpan.FromMinutes(1);
    private static readonly string[] s_optional = ["'config|get' command", "'info' command"];

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, long> _denied = new(StringComparer.Ordinal);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var redis in connections.SelectMany(connection => services.GetKeyedServices<IConnectionMultiplexer>(connection.Key)))
        {
            var user = RedisRefusal.UserOf(redis);
            redis.ErrorMessage += (_, error) => Note(error.Message, user);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var recent = _denied.Where(denied => _time.GetElapsedTime(denied.Value) < s_remembered).Select(denied => denied.Key).Order(StringComparer.Ordinal);
        return Task.FromResult(string.Join(' ', recent) is { Length: > 0 } sentences ? HealthCheckResult.Unhealthy(sentences) : HealthCheckResult.Healthy());
    }

    private void Note(string error, string user)
    {
        var isOptional = Array.Exists(s_optional, command => error.Contains(command, StringComparison.Ordinal)) && !error.Contains("script", StringComparison.Ordinal);
        if (isOptional || RedisRefusal.Read(error, user) is not { } sentence || (_denied.Count >= MaxSentences && !_denied.ContainsKey(sentence)))
        {
            return;
        }

        var now = _time.GetTimestamp();
        if (_denied.TryAdd(sentence, now))
        {
            Log.Denied(logger, sentence);
        }
        else
        {
            _denied[sentence] = now;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Sentence}")]
        public static partial void Denied(ILogger logger, string sentence);
    }
}
