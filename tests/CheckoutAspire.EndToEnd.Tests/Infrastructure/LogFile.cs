using CheckoutAspire.TestKit;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>Writes what an application logs to a file in <c>artifacts/logs</c>, for the analysis of a failure.</summary>
internal sealed class LogFile(string name) : ILoggerProvider, ILogger
{
    private readonly TextWriter _file = TextWriter.Synchronized(new StreamWriter(Path.Combine(Repository.Artifacts("logs"), name)) { AutoFlush = true });

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _file.WriteLine(exception is null ? formatter(state, exception) : $"{formatter(state, exception)}{Environment.NewLine}{exception}");

    public void Dispose() => _file.Dispose();
}
