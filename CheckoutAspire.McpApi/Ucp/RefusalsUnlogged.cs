using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The application's loggers, without what the SDK says of a <see cref="McpProtocolException"/>: it takes each for a defect, with a stack
/// trace at level Error, and any caller could fill the log by it. Here they are answers; what is a defect, <see cref="UcpTool"/> logs itself.
/// </summary>
internal sealed class RefusalsUnlogged(ILoggerFactory application) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(application.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => application.AddProvider(provider);

    /// <summary>The factory is the application's.</summary>
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
