using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Identifies a checkout, and reports whether it is open. Part of every answer about one.</summary>
internal abstract record CheckoutReference
{
    [JsonPropertyOrder(-3)]
    public required string SessionId { get; init; }

    [Description("Only an open one can be paid.")]
    [AllowedValues(SessionStatus.Open, SessionStatus.Complete, SessionStatus.Expired)]
    [JsonPropertyOrder(-3)]
    public required string Status { get; init; }

    [JsonPropertyOrder(-3)]
    public required string OrderRef { get; init; }
}

/// <summary>A checkout with its amount and its payment: what <c>initiate_checkout</c>, <c>get_checkout</c> and <c>list_checkouts</c> share.</summary>
internal abstract record CheckoutState : CheckoutReference
{
    [AllowedValues("unpaid", "paid", "no_payment_required")]
    [JsonPropertyOrder(-2)]
    public required string PaymentStatus { get; init; }

    [Description("What the buyer pays or has paid, in the currency's smallest unit.")]
    [JsonPropertyOrder(-2)]
    public required long AmountTotal { get; init; }

    [JsonPropertyOrder(-2)]
    public required string Currency { get; init; }

    [Description("Whether real money moves.")]
    [JsonPropertyOrder(-2)]
    public required bool Livemode { get; init; }

    [Description("The payment page, while it is open. Show it to the buyer as a link, unchanged.")]
    [JsonPropertyOrder(-2)]
    public string? CheckoutUrl { get; init; }

    [JsonPropertyOrder(-2)]
    public DateTimeOffset? ExpiresAt { get; init; }

    [JsonPropertyOrder(-1)]
    public string? Replaces { get; init; }

    [Description("Go on with it.")]
    [JsonPropertyOrder(-1)]
    public string? ReplacedBy { get; init; }
}
