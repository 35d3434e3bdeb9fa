using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Reads single objects of Stripe's whose ids callers choose. All callers together have a small budget for it that sales do not draw on, and an id that
/// Stripe does not have is remembered, so that callers cannot use up Stripe's rate limit (<see href="https://docs.stripe.com/rate-limits"/>).
/// </summary>
internal sealed class StripeLookups(TimeProvider time) : IDisposable
{
    /// <summary>Lookups per second. Stripe allows 25 requests a second in a sandbox and 100 in live mode.</summary>
    public const int PerSecond = 5;

    /// <summary>Lookups that may follow each other at once.</summary>
    public const int Burst = 20;

    private const int MaxMisses = 10_000;

    private static readonly TimeSpan s_missMemory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _misses = new(StringComparer.Ordinal);
    private readonly TokenBucketRateLimiter _budget = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = Burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1) / PerSecond,
    });

    /// <summary>Reads an object.</summary>
    /// <exception cref="StripeFailure">Stripe does not have the object, the budget is used up, or the call failed.</exception>
    public async Task<T> ReadAsync<T>(string id, Func<Task<T>> read)
    {
        if (IsMissing(id))
        {
            throw new StripeFailure(CheckoutErrorCode.NotFound);
        }

        using var permit = _budget.AttemptAcquire();
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

    public void Dispose() => _budget.Dispose();

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
