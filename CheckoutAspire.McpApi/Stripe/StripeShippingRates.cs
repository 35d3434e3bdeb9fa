using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe's shipping rates, by the ids in the seller's session template and catalog. Each is read once in ten minutes, whatever callers do.</summary>
internal sealed class StripeShippingRates(StripeApi stripe, IOptions<StripeTimeouts> timeouts, TimeProvider time)
{
    private static readonly TimeSpan s_cacheDuration = TimeSpan.FromMinutes(10);

    // A key without the permission, or an outage, costs one call a minute.
    private static readonly TimeSpan s_failureMemory = TimeSpan.FromMinutes(1);

    private readonly ShippingRateService _rates = new(stripe.Client);
    private readonly ConcurrentDictionary<string, Reading> _read = new(StringComparer.Ordinal);

    /// <summary>The shipping rate, or null if it cannot be read: nothing that is sold depends on it.</summary>
    public async Task<ShippingRate?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_read.TryGetValue(id, out var known) && time.GetElapsedTime(known.At) < known.Lifetime)
        {
            return known.Rate;
        }

        try
        {
            var rate = await stripe.CallAsync(
                "shipping_rates.retrieve", timeouts.Value.Lookup, token => _rates.GetAsync(id, cancellationToken: token), cancellationToken);
            _read[id] = new Reading(time.GetTimestamp(), s_cacheDuration, rate);
            return rate;
        }
        catch (StripeFailure)
        {
            _read[id] = new Reading(time.GetTimestamp(), s_failureMemory, known?.Rate);
            return known?.Rate;
        }
    }

    private sealed record Reading(long At, TimeSpan Lifetime, ShippingRate? Rate);
}
