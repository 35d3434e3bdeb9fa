using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Reads single objects of Stripe's whose ids callers choose. All callers together have a small budget for it that sales do not draw on, and an id that
/// Stripe does not have is remembered, so that callers cannot use up Stripe's rate limit (<see href="https://docs.stripe.com/rate-limits"/>). Sessions that
/// the ledger does not have are rarely real, so they have a smaller budget of their own, of which each caller can use a part. A session that is not the
/// caller's is remembered like one that does not exist.
/// </summary>
internal sealed class StripeLookups(TimeProvider time) : IDisposable
{
    /// <summary>Lookups per second. Stripe allows 25 requests a second in a sandbox and 100 in live mode.</summary>
    public const int PerSecond = 5;

    /// <summary>Lookups that may follow each other at once.</summary>
    public const int Burst = 20;

    /// <summary>Lookups of sessions without an order that may follow each other at once; one more each second.</summary>
    public const int UnrecordedBurst = 5;

    /// <summary>Those of one caller; one more every ten seconds.</summary>
    public const int UnrecordedBurstOfCaller = 3;

    private const int MaxMisses = 10_000;

    private static readonly TimeSpan s_missMemory = TimeSpan.FromMinutes(1);

    // Stripe chooses the ids of sessions, so that one that Stripe does not have, or that is another caller's, will not become the caller's.
    private static readonly TimeSpan s_unrecordedMemory = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, long> _misses = new(StringComparer.Ordinal);
    private readonly TokenBucketRateLimiter _budget = Budget(Burst, TimeSpan.FromSeconds(1) / PerSecond);
    private readonly TokenBucketRateLimiter _unrecorded = Budget(UnrecordedBurst, TimeSpan.FromSeconds(1));
    private readonly PartitionedRateLimiter<string> _unrecordedOfCallers = PartitionedRateLimiter.Create<string, string>(caller =>
        RateLimitPartition.GetTokenBucketLimiter(caller, _ => Options(UnrecordedBurstOfCaller, TimeSpan.FromSeconds(10))));

    /// <summary>Reads an object.</summary>
    /// <exception cref="StripeFailure">Stripe does not have the object, the budget is used up, or the call failed.</exception>
    public async Task<T> ReadAsync<T>(string id, Func<Task<T>> read)
    {
        if (IsMissing(id, s_missMemory))
        {
            throw new StripeFailure(CheckoutErrorCode.NotFound);
        }

        using var permit = _budget.AttemptAcquire();
        return permit.IsAcquired ? await ReadAndRememberAsync(id, read) : throw StripeFailure.LookupsExhausted();
    }

    /// <summary>Reads an object that the ledger does not have.</summary>
    /// <param name="id">The object.</param>
    /// <param name="caller">The caller that names it.</param>
    /// <param name="read">Reads it at Stripe.</param>
    /// <param name="isOwn">Whether it is the caller's.</param>
    /// <exception cref="StripeFailure">Stripe does not have the caller's object, the budget is used up, or the call failed.</exception>
    public async Task<T> ReadUnrecordedAsync<T>(string id, string caller, Func<Task<T>> read, Predicate<T> isOwn)
    {
        var own = $"{id} {caller}";
        if (IsMissing(id, s_unrecordedMemory) || IsMissing(own, s_unrecordedMemory))
        {
            throw new StripeFailure(CheckoutErrorCode.NotFound);
        }

        using var callers = _unrecordedOfCallers.AttemptAcquire(caller);
        using var all = callers.IsAcquired ? _unrecorded.AttemptAcquire() : callers;
        if (!all.IsAcquired)
        {
            throw StripeFailure.LookupsExhausted();
        }

        var found = await ReadAndRememberAsync(id, read);
        if (isOwn(found))
        {
            return found;
        }

        Remember(own);
        throw new StripeFailure(CheckoutErrorCode.NotFound);
    }

    public void Dispose()
    {
        _budget.Dispose();
        _unrecorded.Dispose();
        _unrecordedOfCallers.Dispose();
    }

    private static TokenBucketRateLimiter Budget(int burst, TimeSpan period) => new(Options(burst, period));

    private static TokenBucketRateLimiterOptions Options(int burst, TimeSpan period) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = period,
    };

    private async Task<T> ReadAndRememberAsync<T>(string id, Func<Task<T>> read)
    {
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

    private bool IsMissing(string id, TimeSpan memory) => _misses.TryGetValue(id, out var at) && time.GetElapsedTime(at) < memory;

    // The budgets fill the memory only after half an hour. Forgetting everything then costs the same budgets.
    private void Remember(string id)
    {
        if (_misses.Count >= MaxMisses)
        {
            _misses.Clear();
        }

        _misses[id] = time.GetTimestamp();
    }
}
