using System.Globalization;
using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// A checkout before it is sold, as it is stored in Redis: the products that the platform asked for, at the seller's prices. Once it has a
/// session, the ledger has its state.
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

    /// <summary>Problems of the checkout. A message with a severity makes it incomplete.</summary>
    public IReadOnlyList<UcpMessage> Messages { get; init; } = [];

    /// <summary>The Checkout Session that was created for it.</summary>
    public string? SessionId { get; init; }

    /// <summary>Stripe's payment page.</summary>
    public string? CheckoutUrl { get; init; }

    /// <summary>How often the checkout was changed after its buyer had a payment page. Each time, another session with another order takes the place of the last one.</summary>
    public int Revision { get; init; }

    /// <summary>The session of the last revision, which the next one replaces.</summary>
    public string? Replaces { get; init; }

    /// <summary>Whether an update has begun to close the payment page. If it was interrupted, it can be repeated.</summary>
    public bool IsReopening { get; init; }

    /// <summary>
    /// The order's reference and id: the draft's id with another prefix, and from the first change on with the revision, for example
    /// <c>ord_0198…_2</c>, so that each can be derived from the other.
    /// </summary>
    [JsonIgnore]
    public string OrderRef => OrderPrefix + Id[Prefix.Length..] + Suffix;

    /// <summary>The idempotency key of the sale.</summary>
    [JsonIgnore]
    public string SaleKey => Id + Suffix;

    private string Suffix => Revision == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{Revision}");

    [JsonIgnore]
    public long Subtotal => Lines.Sum(line => line.UnitAmount * line.Quantity);

    public static string NewId(TimeProvider time) => Prefix + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>The id of an order's draft, or null if the text is not an order's id.</summary>
    public static string? IdOfOrder(string orderId) =>
        orderId.StartsWith(OrderPrefix, StringComparison.Ordinal) ? Prefix + orderId[OrderPrefix.Length..].Split('_')[0] : null;

    /// <summary>Whether the text has the format of a draft's id, which becomes part of a Redis key.</summary>
    public static bool IsWellFormed(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(id[Prefix.Length..], "N", out _);
}

/// <summary>The phase of a draft, apart from the state of its order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DraftPhase>))]
internal enum DraftPhase
{
    /// <summary>The draft can be changed.</summary>
    [JsonStringEnumMemberName("open")]
    Open,

    /// <summary>The draft is sold as it is. Its session is being created or has been created.</summary>
    [JsonStringEnumMemberName("completing")]
    Completing,

    /// <summary>The draft is canceled, and its session, if it had one, is expired at Stripe.</summary>
    [JsonStringEnumMemberName("canceled")]
    Canceled,
}

/// <summary>One line of a draft, at the catalog's price.</summary>
internal sealed record DraftLine
{
    public required string Id { get; init; }

    /// <summary>The product's id in the catalog.</summary>
    public required string ItemId { get; init; }

    /// <summary>The platform's own id of the line, or null.</summary>
    public string? CallerRef { get; init; }

    public required string Title { get; init; }

    /// <summary>In the currency's smallest unit.</summary>
    public required long UnitAmount { get; init; }

    public required long Quantity { get; init; }

    public string? ImageUrl { get; init; }
}
