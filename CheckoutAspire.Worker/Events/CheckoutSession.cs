using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Worker.Events;

/// <summary>The members of a Checkout Session that decide about an order. The others are skipped.</summary>
/// <remarks>Plain setters: the serializer reads <c>required</c> and <c>init</c> members by way of an array of boxed arguments.</remarks>
internal sealed record CheckoutSession
{
    [JsonRequired]
    public string Id { get; set; } = "";

    [JsonRequired]
    public string Currency { get; set; } = "";

    [JsonRequired]
    public long AmountSubtotal { get; set; }

    [JsonRequired]
    public long AmountTotal { get; set; }

    [JsonRequired]
    public bool Livemode { get; set; }

    [JsonRequired]
    public string PaymentStatus { get; set; } = "";

    public string? PaymentIntent { get; set; }

    public string? Mode { get; set; }

    public string? Subscription { get; set; }

    public bool? AllowPromotionCodes { get; set; }

    public CheckoutTax? AutomaticTax { get; set; }

    public JsonElement? ShippingOptions { get; set; }

    [JsonRequired]
    public long Created { get; set; }

    public long ExpiresAt { get; set; }

    public string? ClientReferenceId { get; set; }

    public IReadOnlyDictionary<string, string>? Metadata { get; set; }

    /// <exception cref="UnreadableEventException">The payment status is not one that Stripe documents, a time is out of range, or an id is not one.</exception>
    /// <param name="type">The event's type.</param>
    /// <param name="stripe">The account and the installation's name.</param>
    /// <param name="asOf">When the event was generated; null if the session was read from a list.</param>
    /// <param name="source">What reported it.</param>
    public CheckoutFact ToFact(string type, StripeOptions stripe, DateTimeOffset? asOf, string source) => new()
    {
        SessionId = EventWord.Read(Id),
        Source = source,
        Fact = Judge(type),
        AsOf = asOf,
        Origin = SaleMetadata.OriginOf(Metadata, stripe),
        Seal = Tag(CheckoutMetadata.Seal),
        TotalVaries = AllowPromotionCodes == true || AutomaticTax?.Enabled == true
            || ShippingOptions is { ValueKind: JsonValueKind.Array } options && options.GetArrayLength() > 0,
        Subscription = EventWord.ReadOptional(Subscription),
        PaymentStatus = PaymentStatus,
        AmountSubtotal = AmountSubtotal,
        AmountTotal = AmountTotal,
        Currency = EventWord.Read(Currency),
        Livemode = Livemode,
        PaymentIntent = EventWord.ReadOptional(PaymentIntent),
        Mode = EventWord.ReadOptional(Mode),
        CreatedAt = EventTime.Read(Created),
        ExpiresAt = EventTime.Read(ExpiresAt).ToUnixTimeSeconds(),
        OrderRef = Tag(CheckoutMetadata.OrderRef),
        Owner = Tag(CheckoutMetadata.Owner),
        ProductId = Tag(CheckoutMetadata.ProductId),
        ClientReferenceId = ClientReferenceId ?? "",
    };

    private string Tag(string name) => Metadata is not null && Metadata.TryGetValue(name, out var value) ? value : "";

    /// <summary>
    /// Only the payment status proves payment, by an allow-list: a status that Stripe adds later proves nothing
    /// (<see href="https://docs.stripe.com/checkout/fulfillment"/>).
    /// </summary>
    private PaymentStatusChange Judge(string type) => (type, PaymentStatus) switch
    {
        (HandledEvents.CheckoutExpired, _) => PaymentStatusChange.Expired,
        (HandledEvents.AsyncPaymentFailed, _) => PaymentStatusChange.Failed,
        (_, "paid" or "no_payment_required") => PaymentStatusChange.Paid,
        (_, "unpaid") => PaymentStatusChange.Processing,
        _ => throw new UnreadableEventException("The payment_status is not one that Stripe documents."),
    };
}
