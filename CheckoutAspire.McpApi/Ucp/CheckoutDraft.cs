using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// A checkout before it is sold, as it is kept in Redis: what the platform asked for, at our prices. Once it has a session, the ledger
/// knows the rest.
/// </summary>
internal sealed record CheckoutDraft
{
    private const string Prefix = "chk_";
    private const string OrderPrefix = "ord_";

    public required string Id { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required DraftPhase Phase { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    public required IReadOnlyList<DraftLine> Lines { get; init; }

    public UcpBuyer? Buyer { get; init; }

    /// <summary>What is wrong with it; an error among them makes it incomplete.</summary>
    public IReadOnlyList<UcpMessage> Messages { get; init; } = [];

    /// <summary>The Checkout Session that it became.</summary>
    public string? SessionId { get; init; }

    /// <summary>Stripe's page for the buyer.</summary>
    public string? CheckoutUrl { get; init; }

    /// <summary>The order's reference, which is the order's id as well: the draft's, under another prefix, so that each leads to the other.</summary>
    [JsonIgnore]
    public string OrderRef => OrderPrefix + Id[Prefix.Length..];

    [JsonIgnore]
    public long Subtotal => Lines.Sum(line => line.UnitAmount * line.Quantity);

    public static string NewId(TimeProvider time) => Prefix + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>The id of the draft that an order came from, or null when the text is no order's id.</summary>
    public static string? IdOfOrder(string orderId) =>
        orderId.StartsWith(OrderPrefix, StringComparison.Ordinal) ? Prefix + orderId[OrderPrefix.Length..] : null;

    /// <summary>Whether the text can be a draft's id at all: it becomes part of a key.</summary>
    public static bool IsWellFormed(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(id[Prefix.Length..], "N", out _);
}

/// <summary>How far a draft has come by itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DraftPhase>))]
internal enum DraftPhase
{
    /// <summary>Can still be changed.</summary>
    [JsonStringEnumMemberName("open")]
    Open,

    /// <summary>Sold as it is: its session is being made, or is made.</summary>
    [JsonStringEnumMemberName("completing")]
    Completing,

    /// <summary>Given up, and its session, if it had one, expired at Stripe.</summary>
    [JsonStringEnumMemberName("canceled")]
    Canceled,
}

/// <summary>One line of a draft, at the catalogue's price.</summary>
internal sealed record DraftLine
{
    public required string Id { get; init; }

    /// <summary>The product's id in the catalogue.</summary>
    public required string ItemId { get; init; }

    public required string Title { get; init; }

    /// <summary>In the currency's smallest unit.</summary>
    public required long UnitAmount { get; init; }

    public required long Quantity { get; init; }

    public string? ImageUrl { get; init; }
}
