using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Everything that is sent to Stripe to create one session. It is written to the ledger before it is sent, so that a retry after a
/// crash sends exactly the same request under the same idempotency key.
/// </summary>
internal sealed record SessionRequest
{
    public required string OrderRef { get; init; }

    /// <summary>The session that this one replaces; null if it replaces none.</summary>
    public string? Replaces { get; init; }

    /// <summary>When the request was first written, from which on its session is searched.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    public required string Mode { get; init; }

    public required IReadOnlyList<SaleLine> Lines { get; init; }

    /// <summary>The currency in which Prices are charged: the one that the caller chose, or their own; null if no line is a Price.</summary>
    public string? Currency { get; init; }

    public bool AllowPromotionCodes { get; init; }

    /// <summary>The other parameters in Stripe's own terms, merged from the seller's template, the products and the caller. Null if the request has no other parameters.</summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>Whether the response shall contain the lines. Requests that earlier versions have stored are repeated without it.</summary>
    public bool ExpandsLines { get; init; }

    public required string SuccessUrl { get; init; }

    public required string CancelUrl { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? ClientReferenceId { get; init; }

    public string? CustomerEmail { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Whether the buyer may pay another total than that of the lines: a promotion code, tax or shipping changes it.</summary>
    [JsonIgnore]
    public bool TotalVaries => AllowPromotionCodes || SessionParameters.AddsToTotal(Parameters);

    /// <summary>The request as Stripe.net's options.</summary>
    public SessionCreateOptions ToStripe()
    {
        var options = Parameters?.Deserialize<SessionCreateOptions>(StripeConfiguration.SerializerOptions) ?? new SessionCreateOptions();
        options.Mode = Mode;
        options.LineItems = [.. Lines.Select(LineItem)];
        options.Currency = Currency;
        options.AllowPromotionCodes = AllowPromotionCodes ? true : null;
        options.SuccessUrl = SuccessUrl;
        options.CancelUrl = CancelUrl;
        options.ExpiresAt = ExpiresAt.UtcDateTime;
        options.ClientReferenceId = ClientReferenceId;
        options.CustomerEmail = CustomerEmail;
        // The buyer must be charged the amount and currency that the tool returned and the ledger recorded.
        options.AdaptivePricing = new SessionAdaptivePricingOptions { Enabled = false };
        options.Metadata = new Dictionary<string, string>(Metadata);

        // Events about refunds, disputes and renewals refer to the payment intent or the subscription, not to the session.
        if (Mode == CheckoutMode.Subscription)
        {
            options.SubscriptionData ??= new SessionSubscriptionDataOptions();
            options.SubscriptionData.Metadata = new Dictionary<string, string>(Metadata);
        }
        else
        {
            options.PaymentIntentData ??= new SessionPaymentIntentDataOptions();
            options.PaymentIntentData.Metadata = new Dictionary<string, string>(Metadata);
        }

        if (ExpandsLines || Lines.Any(line => line.Name is null))
        {
            // Only this response contains Stripe's ids of the lines, and the name of the Price's Product, which the buyer sees.
            options.AddExpand("line_items");
        }

        return options;
    }

    private static SessionLineItemOptions LineItem(SaleLine line) => line.PriceId is null
        ? new SessionLineItemOptions
        {
            Quantity = line.Quantity,
            PriceData = new SessionLineItemPriceDataOptions
            {
                Currency = line.Currency,
                UnitAmount = line.UnitAmount,
                Recurring = line.Recurring is { } recurring
                    ? new SessionLineItemPriceDataRecurringOptions { Interval = recurring.Interval, IntervalCount = recurring.Count }
                    : null,
                ProductData = new SessionLineItemPriceDataProductDataOptions
                {
                    Name = line.Name,
                    Description = line.Description,
                    Images = line.ImageUrl is { } image ? [image] : null,
                },
            },
        }
        : new SessionLineItemOptions { Quantity = line.Quantity, Price = line.PriceId };
}

/// <summary>The format in which requests are stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SessionRequest))]
internal sealed partial class SessionRequestJson : JsonSerializerContext;
