using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe's Prices, each with its Product. Every failure leaves as a <see cref="StripeFailure"/>.</summary>
internal sealed class StripePrices(StripeApi stripe, StripeLookups lookups, IOptions<StripeTimeouts> timeouts)
{
    private const int PageSize = 100;
    private const int MaxPages = 20;

    private readonly PriceService _prices = new(stripe.Client);

    /// <summary>Whether an id has the format of a Price's id: <c>price_1Mo…</c>, or <c>plan_…</c> in older accounts.</summary>
    public static bool IsPriceId(string id) => id.StartsWith("price_", StringComparison.Ordinal) || id.StartsWith("plan_", StringComparison.Ordinal);

    /// <summary>The account's active Prices, up to 2,000.</summary>
    public Task<IReadOnlyList<Price>> ListAsync(CancellationToken cancellationToken) =>
        stripe.CallAsync("prices.list", timeouts.Value.Call, ReadAllAsync, cancellationToken);

    /// <summary>A Price by its id, or null if the account does not have it.</summary>
    public async Task<Price?> FindAsync(string priceId, CancellationToken cancellationToken)
    {
        try
        {
            return await lookups.ReadAsync(priceId, () => stripe.CallAsync(
                "prices.retrieve",
                timeouts.Value.Lookup,
                token => _prices.GetAsync(priceId, new PriceGetOptions { Expand = ["product"] }, cancellationToken: token),
                cancellationToken));
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.NotFound)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<Price>> ReadAllAsync(CancellationToken cancellationToken)
    {
        List<Price> all = [];
        var options = new PriceListOptions { Active = true, Limit = PageSize, Expand = ["data.product"] };
        for (var page = 0; page < MaxPages; page++)
        {
            var prices = await _prices.ListAsync(options, cancellationToken: cancellationToken);
            all.AddRange(prices);
            if (!prices.HasMore)
            {
                break;
            }

            options.StartingAfter = all[^1].Id;
        }

        return all;
    }
}
