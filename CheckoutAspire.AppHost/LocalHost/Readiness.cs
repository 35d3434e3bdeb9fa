using StackExchange.Redis;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>How to learn that a resource is ready.</summary>
internal abstract record Readiness
{
    /// <summary>Asks once. Null when it is ready, else what it answered.</summary>
    public abstract Task<string?> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>A service is ready when its health endpoint answers 200.</summary>
internal sealed record HttpReadiness(string Url) : Readiness
{
    private static readonly HttpClient s_client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    public override async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await s_client.GetAsync(Url, cancellationToken);
            return response.IsSuccessStatusCode
                ? null
                : $"{Url} answers {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}";
        }
        catch (HttpRequestException)
        {
            return $"{Url} does not answer";
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{Url} does not answer";
        }
    }
}

/// <summary>Redis is ready when it answers PING; while it still loads its data it does not.</summary>
internal sealed record RedisReadiness(string ConnectionString) : Readiness
{
    private const int TimeoutMilliseconds = 2000;

    public override async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse(ConnectionString);
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = TimeoutMilliseconds;
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
            await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The exception's text is long and may show the connection string, which may hold a password.
            return $"Redis at {string.Join(", ", options.EndPoints.Select(EndPointCollection.ToString))} does not answer PING";
        }
    }
}
