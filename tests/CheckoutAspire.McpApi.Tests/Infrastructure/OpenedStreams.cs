using System.Collections.Concurrent;
using CheckoutAspire.McpApi.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>
/// Knows the sessions of revision 2025-11-25 whose own stream is open. A client opens it in the background, and receives only the notifications that follow.
/// </summary>
internal sealed class OpenedStreams : IStartupFilter
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _opened = new(StringComparer.Ordinal);

    /// <summary>Completes when the service has begun the response to the session's GET.</summary>
    public Task WhenOpenAsync(string sessionId) => Of(sessionId).Task;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers[CallerSessions.Header].ToString() is { Length: > 0 } sessionId)
            {
                context.Response.OnStarting(() =>
                {
                    Of(sessionId).TrySetResult();
                    return Task.CompletedTask;
                });
            }

            return following(context);
        });
        next(app);
    };

    private TaskCompletionSource Of(string sessionId) =>
        _opened.GetOrAdd(sessionId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
