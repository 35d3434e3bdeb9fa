using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Telemetry;

/// <summary>
/// The application's loggers without the SDK's messages about a <see cref="McpProtocolException"/>. The SDK logs each as an error with a stack trace,
/// so any caller could fill the log. These exceptions are regular responses, and the metric <c>mcp.server.operation.duration</c> counts them.
/// </summary>
internal sealed class ProtocolErrorLogFilter(LoggerFactory application) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(application.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => application.AddProvider(provider);

    /// <summary>Does nothing, because the application owns the factory.</summary>
    public void Dispose()
    {
    }

    private sealed class Logger(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not McpProtocolException)
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
