using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>Logs at the start how many products agents may sell, where Stripe's Prices have to opt in.</summary>
internal sealed partial class CatalogReport(StripeCatalog stripe, IOptions<CatalogOptions> options, ILogger<CatalogReport> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.UsesStripe || !stripe.NeedsOptIn)
        {
            return;
        }

        // The host starts its services one after the other, and this one calls Stripe.
        await Task.Yield();
        try
        {
            var (forSale, all) = await stripe.CountAsync(stoppingToken);
            Log.ForSale(logger, forSale > 0 ? LogLevel.Information : LogLevel.Warning, forSale, all, options.Value.LookupKeyPrefix ?? "(none is set)");
        }
        catch (StripeFailure failure)
        {
            Log.Unread(logger, CheckoutErrorJson.NameOf(failure.Code));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1,
            Message = "{ForSale} of {All} Stripe Prices are for sale to agents. To offer one, set metadata agent=true on its Product, or give the Price a lookup_key with the prefix of "
            + "CHECKOUT_CATALOG_LOOKUP_KEYS: {Prefix}. CHECKOUT_CATALOG_OPT_IN=false offers all of them.")]
        public static partial void ForSale(ILogger logger, LogLevel level, int forSale, int all, string prefix);

        [LoggerMessage(2, LogLevel.Warning, "The Prices that are for sale to agents could not be counted, because the call to Stripe failed ({Code}).")]
        public static partial void Unread(ILogger logger, string code);
    }
}
