using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Limits per principal: one budget of calls that sell or cancel, one of all others, and a number of requests at the same time. They are in the memory
/// of each instance.
/// </summary>
/// <remarks>
/// A request takes a permit for each line or resource that it names (<see cref="McpRequest.Cost"/>). A sale takes one permit of its own budget, and
/// those of its further lines from the other, so that a minute's sales do not depend on their size.
/// </remarks>
internal sealed class RateLimits(IOptions<AccessOptions> access, IHostEnvironment environment) : IDisposable
{
    /// <summary>
    /// The number of requests that one principal can have open. Each waiting call and each stream is one. It is half of the connections that the
    /// server accepts, so that no principal takes all of them.
    /// </summary>
    public const int MaxConcurrentRequests = McpApiExtensions.MaxConnections / 2;

    private const int PeriodsPerMinute = 60;
    private const int DefaultCreatesPerMinute = 60;
    private const int DefaultReadsPerMinute = 600;

    private readonly PartitionedRateLimiter<(string Caller, bool Changes)> _calls =
        PartitionedRateLimiter.Create<(string Caller, bool Changes), (string, bool)>(budget => Limit(budget.Changes, access.Value, environment) is { } perMinute
            ? RateLimitPartition.GetTokenBucketLimiter(budget, _ => Bucket(perMinute))
            : RateLimitPartition.GetNoLimiter(budget));

    private readonly PartitionedRateLimiter<string> _concurrent = PartitionedRateLimiter.Create<string, string>(caller =>
        RateLimitPartition.GetConcurrencyLimiter(caller, _ => new ConcurrencyLimiterOptions { PermitLimit = MaxConcurrentRequests }));

    /// <summary>Takes a place among the caller's open requests. The lease is returned when the request ends.</summary>
    public RateLimitLease Enter(Caller caller) => _concurrent.AttemptAcquire(caller.Id);

    /// <summary>Takes the request's permits.</summary>
    /// <returns>Null, or the time after which the request may be repeated.</returns>
    public TimeSpan? Take(Caller caller, McpRequest? request)
    {
        var changes = request?.Changes is true;
        var cost = request?.Cost ?? 1;
        return changes
            ? Take((caller.Id, true), 1) ?? (cost > 1 ? Take((caller.Id, false), cost - 1) : null)
            : Take((caller.Id, false), cost);
    }

    public void Dispose()
    {
        _calls.Dispose();
        _concurrent.Dispose();
    }

    private TimeSpan? Take((string Caller, bool Changes) budget, int permits)
    {
        // A request that costs more than a minute's permits takes all of them.
        var most = Math.Min(permits, Limit(budget.Changes, access.Value, environment) ?? permits);
        using var lease = _calls.AttemptAcquire(budget, most);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
    }

    // Development has no limit unless one is configured.
    private static int? Limit(bool changes, AccessOptions access, IHostEnvironment environment) => (changes ? access.CreatesPerMinute : access.ReadsPerMinute)
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
