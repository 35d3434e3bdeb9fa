using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Reads single objects of Stripe's whose ids callers choose. All callers together have a small budget for it that sales do not draw on, and an id that
/// Stripe does not have is remembered, so that callers cannot use up Stripe's rate limit (<see href="https://docs.stripe.com/rate-limits"/>). Sessions that
/// the ledger does not have are rarely real, so they have a smaller budget of their own.
/// </summary>
internal sealed class StripeLookups(TimeProvider time) : IDisposable
{
    /// <summary>Lookups per second. Stripe allows 25 requests a second in a sandbox and 100 in live mode.</summary>
    public const int PerSecond = 5;

    /// <summary>Lookups that may follow each other at once.</summary>
    public const int Burst = 20;

    /// <summary>Lookups of sessions without an order that may follow each other at once; one more each second.</summary>
    public const int UnrecordedBurst = 5;

    private const int MaxMisses = 10_000;

    private static readonly TimeSpan s_missMemory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _misses = new(StringComparer.Ordinal);
    private readonly TokenBucketRateLimiter _budget = Budget(Burst, TimeSpan.FromSeconds(1) / PerSecond);
    private readonly TokenBucketRateLimiter _unrecorded = Budget(UnrecordedBurst, TimeSpan.FromSeconds(1));

    /// <summary>Reads an object.</summary>
    /// <exception cref="StripeFailure">Stripe does not have the object, the budget is used up, or the call failed.</exception>
    public Task<T> ReadAsync<T>(string id, Func<Task<T>> read) => ReadAsync(_budget, id, read);

    /// <summary>Reads a session that the ledger does not have.</summary>
    /// <exception cref="StripeFailure">Stripe does not have the session, the budget is used up, or the call failed.</exception>
    public Task<T> ReadUnrecordedAsync<T>(string id, Func<Task<T>> read) => ReadAsync(_unrecorded, id, read);

    public void Dispose()
    {
        _budget.Dispose();
        _unrecorded.Dispose();
    }

    private static TokenBucketRateLimiter Budget(int burst, TimeSpan period) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = period,
    });

    private async Task<T> ReadAsync<T>(TokenBucketRateLimiter budget, string id, Func<Task<T>> read)
    {
        if (IsMissing(id))
        {
            throw new StripeFailure(CheckoutErrorCode.NotFound);
        }

        using var permit = budget.AttemptAcquire();
        if (!permit.IsAcquired)
        {
            throw StripeFailure.LookupsExhausted();
        }

        try
        {
            return await read();
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.NotFound)
        {
            Remember(id);
            throw;
        }
    }

    private bool IsMissing(string id) => _misses.TryGetValue(id, out var at) && time.GetElapsedTime(at) < s_missMemory;

    // The budget fills the memory only after half an hour, by when almost all of its ids are too old to matter.
    private void Remember(string id)
    {
        if (_misses.Count >= MaxMisses)
        {
            _misses.Clear();
        }

        _misses[id] = time.GetTimestamp();
    }
}
