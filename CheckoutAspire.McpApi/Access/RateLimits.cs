using System.Threading.RateLimiting;
using CheckoutAspire.McpApi.Telemetry;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Rate limits per principal, with one budget for calls that sell or cancel and one for all others. They are token buckets in the memory of each
/// instance.
/// </summary>
internal sealed class RateLimits(IOptions<AccessOptions> access, IHostEnvironment environment) : IConfigureOptions<RateLimiterOptions>
{
    public const string Policy = "caller";
    private const int PeriodsPerMinute = 60;
    private const int DefaultCreatesPerMinute = 60;
    private const int DefaultReadsPerMinute = 600;

    public void Configure(RateLimiterOptions options)
    {
        options.AddPolicy(Policy, Partition);
        options.OnRejected = async (rejected, _) =>
        {
            var context = rejected.HttpContext;
            var services = context.RequestServices;
            services.GetRequiredService<McpApiTelemetry>().Rejected("rate_limited");
            if (context.Features.Get<McpRequest>() is { } request)
            {
                await services.GetRequiredService<AuditTrail>().RejectedAsync(Caller.Of(context.User), request, "rate_limited");
            }

            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
            await RejectionResults.RateLimitedAsync(context, wait);
        };
    }

    private RateLimitPartition<(string Caller, bool Changes)> Partition(HttpContext context)
    {
        var changes = context.Features.Get<McpRequest>()?.Changes is true;
        var key = (Caller.Of(context.User).Id, changes);
        return Limit(changes) is { } perMinute
            ? RateLimitPartition.GetTokenBucketLimiter(key, _ => Bucket(perMinute))
            : RateLimitPartition.GetNoLimiter(key);
    }

    // Development has no limit unless one is configured.
    private int? Limit(bool changes) => (changes ? access.Value.CreatesPerMinute : access.Value.ReadsPerMinute)
        ?? (environment.IsDevelopment() ? null : changes ? DefaultCreatesPerMinute : DefaultReadsPerMinute);

    // A burst may use a minute's calls. A rate below one call per second refills a single token per longer period.
    private static TokenBucketRateLimiterOptions Bucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = Math.Max(1, perMinute / PeriodsPerMinute),
        ReplenishmentPeriod = perMinute < PeriodsPerMinute ? TimeSpan.FromMinutes(1) / perMinute : TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };
}
