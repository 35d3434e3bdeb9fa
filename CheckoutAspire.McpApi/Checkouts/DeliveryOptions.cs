using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;
using Stripe;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A way of delivery that the buyer can choose on the payment page.</summary>
internal sealed record DeliveryOption
{
    public required string Name { get; init; }

    [Description("In the currency's smallest unit.")]
    public required long Amount { get; init; }

    public required string Currency { get; init; }

    [Description("How long it takes.")]
    public string? Estimate { get; init; }
}

/// <summary>Describes the shipping options of a session's parameters, which are the seller's.</summary>
internal sealed class DeliveryOptions(StripeShippingRates rates)
{
    /// <summary>The options in the order of the page; null if there are none, or one of them cannot be described.</summary>
    /// <param name="parameters">The parameters of the session in Stripe's terms.</param>
    /// <param name="currency">The session's currency.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    public async Task<IReadOnlyList<DeliveryOption>?> OfAsync(JsonObject? parameters, string currency, CancellationToken cancellationToken)
    {
        List<DeliveryOption> options = [];
        foreach (var option in parameters?["shipping_options"] as JsonArray ?? [])
        {
            var described = (string?)option?["shipping_rate"] is { } id
                ? await rates.FindAsync(id, cancellationToken) is { } rate ? Of(rate, currency) : null
                : Of(option?["shipping_rate_data"] as JsonObject, currency);
            if (described is null)
            {
                return null;
            }

            options.Add(described);
        }

        return options.Count == 0 ? null : options;
    }

    private static DeliveryOption? Of(ShippingRate rate, string currency) =>
        rate.FixedAmount is { } amount
        && (amount.Currency == currency ? amount.Amount : amount.CurrencyOptions?.GetValueOrDefault(currency)?.Amount) is { } price
            ? new DeliveryOption
            {
                Name = VisibleText.Of(rate.DisplayName ?? ""),
                Amount = price,
                Currency = currency,
                Estimate = Estimate(
                    rate.DeliveryEstimate?.Minimum is { } least ? new Duration(least.Value, least.Unit) : null,
                    rate.DeliveryEstimate?.Maximum is { } most ? new Duration(most.Value, most.Unit) : null),
            }
            : null;

    // {"display_name":"Standard","fixed_amount":{"amount":490,"currency":"eur"},"delivery_estimate":{"minimum":{"unit":"business_day","value":3}}}
    private static DeliveryOption? Of(JsonObject? data, string currency) =>
        data?["fixed_amount"] is JsonObject amount
        && ((string?)amount["currency"] == currency ? (long?)amount["amount"] : (long?)amount["currency_options"]?[currency]?["amount"]) is { } price
            ? new DeliveryOption
            {
                Name = VisibleText.Of((string?)data["display_name"] ?? ""),
                Amount = price,
                Currency = currency,
                Estimate = Estimate(Duration.Read(data["delivery_estimate"]?["minimum"]), Duration.Read(data["delivery_estimate"]?["maximum"])),
            }
            : null;

    /// <summary>For example <c>3 to 5 business days</c>.</summary>
    private static string? Estimate(Duration? least, Duration? most) => (least, most) switch
    {
        (null, null) => null,
        (null, { } to) => $"up to {to}",
        ({ } from, null) => $"at least {from}",
        ({ } from, { } to) when from == to => to.ToString(),
        ({ } from, { } to) when from.Unit == to.Unit => string.Create(CultureInfo.InvariantCulture, $"{from.Value} to {to}"),
        var (from, to) => $"{from} to {to}",
    };

    /// <param name="Value">The number of units.</param>
    /// <param name="Unit">Stripe's name: <c>hour</c>, <c>day</c>, <c>business_day</c>, <c>week</c> or <c>month</c>.</param>
    private sealed record Duration(long Value, string Unit)
    {
        public static Duration? Read(JsonNode? json) =>
            (long?)json?["value"] is { } value && (string?)json["unit"] is { } unit ? new Duration(value, unit) : null;

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Value} {Unit.Replace('_', ' ')}{(Value == 1 ? "" : "s")}");
    }
}
