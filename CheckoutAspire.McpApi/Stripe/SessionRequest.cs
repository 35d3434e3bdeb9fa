using System.Text.Json.Serialization;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Everything that is sent to Stripe to create one session. Written to the ledger before it is sent, so that a retry after a
/// crash sends exactly the same under the same idempotency key.
/// </summary>
internal sealed record SessionRequest
{
    public required string OrderRef { get; init; }

    /// <summary>When it was first written: where a search for its session begins.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    public required string Mode { get; init; }

    public required IReadOnlyList<SaleLine> Lines { get; init; }

    /// <summary>The currency that the caller chose for a Price that has several; null for the Price's own.</summary>
    public string? Currency { get; init; }

    public bool AllowPromotionCodes { get; init; }

    public required string SuccessUrl { get; init; }

    public required string CancelUrl { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? ClientReferenceId { get; init; }

    public string? CustomerEmail { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The same request as Stripe.net's options.</summary>
    public SessionCreateOptions ToStripe()
    {
        var options = new SessionCreateOptions
        {
            Mode = Mode,
            LineItems = [.. Lines.Select(LineItem)],
            Currency = Currency,
            AllowPromotionCodes = AllowPromotionCodes ? true : null,
            SuccessUrl = SuccessUrl,
            CancelUrl = CancelUrl,
            ExpiresAt = ExpiresAt.UtcDateTime,
            ClientReferenceId = ClientReferenceId,
            CustomerEmail = CustomerEmail,
            // What the buyer is asked for is what the tool answered and the ledger holds.
            AdaptivePricing = new SessionAdaptivePricingOptions { Enabled = false },
            Metadata = new Dictionary<string, string>(Metadata),
        };

        // Refunds, disputes and renewals name the payment intent or the subscription, not the session.
        if (Mode == CheckoutMode.Subscription)
        {
            options.SubscriptionData = new SessionSubscriptionDataOptions { Metadata = new Dictionary<string, string>(Metadata) };
        }
        else
        {
            options.PaymentIntentData = new SessionPaymentIntentDataOptions { Metadata = new Dictionary<string, string>(Metadata) };
        }

        if (Lines.Any(line => line.Name is null))
        {
            // The name that the buyer sees is the Price's own.
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

/// <summary>How requests are written down.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SessionRequest))]
internal sealed partial class SessionRequestJson : JsonSerializerContext;
