using CheckoutAspire.McpApi.Telemetry;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Rejects the requests of a caller who has used up a budget of <see cref="RateLimits"/>.</summary>
internal sealed class RateLimitEnforcement(RequestDelegate next, RateLimits limits, CallerSessions sessions, AuditTrail audit, McpApiTelemetry telemetry)
{
    private static readonly TimeSpan s_busyRetry = TimeSpan.FromSeconds(5);

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null)
        {
            await next(context);
            return;
        }

        var caller = Caller.Of(context.User);
        var request = context.Features.Get<McpRequest>();
        using var open = limits.Enter(caller);
        if ((open.IsAcquired ? limits.Take(caller, request) : s_busyRetry) is { } retryAfter)
        {
            telemetry.Rejected("rate_limited");
            await (request is null ? Task.CompletedTask : audit.RejectedAsync(caller, request, "rate_limited"));
            await RejectionResults.RateLimitedAsync(context, retryAfter);
            return;
        }

        if (context.Request.Headers[CallerSessions.Header].ToString() is { Length: > 0 } sessionId)
        {
            sessions.Touch(sessionId);
        }

        await next(context);
    }
}
