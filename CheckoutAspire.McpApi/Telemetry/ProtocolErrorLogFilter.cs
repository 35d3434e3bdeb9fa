using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Telemetry;

/// <summary>
/// The application's loggers without the SDK's messages about a <see cref="McpProtocolException"/>, which it logs as errors with a stack trace, and without
/// its warnings, which report unknown methods and unreadable messages by the names that clients choose. Any caller could fill the log with either. They are
/// regular responses, and the metric <c>mcp.server.operation.duration</c> counts them.
/// </summary>
internal sealed class ProtocolErrorLogFilter(LoggerFactory application) : ILoggerFactory
{
    private const string Sdk = "ModelContextProtocol.";

    public ILogger CreateLogger(string categoryName) =>
        new Logger(application.CreateLogger(categoryName), categoryName.StartsWith(Sdk, StringComparison.Ordinal));

    public void AddProvider(ILoggerProvider provider) => application.AddProvider(provider);

    /// <summary>Does nothing, because the application owns the factory.</summary>
    public void Dispose()
    {
    }

    private sealed class Logger(ILogger logger, bool isOfSdk) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not McpProtocolException && !(isOfSdk && logLevel is LogLevel.Warning))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
