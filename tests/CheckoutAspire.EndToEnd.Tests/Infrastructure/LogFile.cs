using CheckoutAspire.TestKit;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>Writes what an application logs to a file in <c>artifacts/logs</c>, for the analysis of a failure.</summary>
internal sealed class LogFile(string name) : ILoggerProvider, ILogger
{
    private readonly StreamWriter _file = new(Path.Combine(Repository.Artifacts("logs"), name)) { AutoFlush = true };
    private readonly Lock _lock = new();
    private bool _isClosed;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <summary>Writes a line, unless the application has ended: its background work may log a last one.</summary>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _file.WriteLine(exception is null ? formatter(state, exception) : $"{formatter(state, exception)}{Environment.NewLine}{exception}");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }
}
