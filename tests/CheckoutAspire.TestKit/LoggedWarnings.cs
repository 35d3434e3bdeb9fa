using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.TestKit;

/// <summary>The lines that a host logs as a warning or worse, without their exceptions.</summary>
public sealed class LoggedWarnings : ConcurrentQueue<string>, ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
        // The lines stay, for the test to read.
    }
}
