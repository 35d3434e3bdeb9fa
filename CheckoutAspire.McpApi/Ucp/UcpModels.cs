using System.ComponentModel;
using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// A checkout as the protocol has it:
/// <see href="https://ucp.dev/2026-04-08/schemas/shopping/checkout.json">checkout.json</see>. Every answer carries the whole.
/// </summary>
internal sealed record UcpCheckout
{
    public required UcpEnvelope Ucp { get; init; }

    [Description("Id of the checkout, for the other tools.")]
    public required string Id { get; init; }

    [Description("incomplete: correct what messages name by update_checkout. ready_for_complete: call complete_checkout. requires_escalation: show "
        + "continue_url to the buyer, who pays there. complete_in_progress: wait and ask again. completed: paid, see order. canceled: begin another.")]
    public required UcpCheckoutStatus Status { get; init; }

    public required IReadOnlyList<UcpLineItem> LineItems { get; init; }

    public UcpBuyer? Buyer { get; init; }

    [Description("ISO 4217 code of every amount.")]
    public required string Currency { get; init; }

    public required IReadOnlyList<UcpTotal> Totals { get; init; }

    [Description("What stands in the way, and what is worth knowing.")]
    public IReadOnlyList<UcpMessage>? Messages { get; init; }

    [Description("Pages that the buyer must be able to see: terms, privacy.")]
    public required IReadOnlyList<UcpLink> Links { get; init; }

    [Description("When the checkout expires if nothing happens.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("Where the buyer goes on. Show it as a link; never open it yourself.")]
    public string? ContinueUrl { get; init; }

    [Description("The order that came of it, once it is paid.")]
    public UcpOrderConfirmation? Order { get; init; }
}

/// <summary>Where a checkout stands: <see href="https://ucp.dev/2026-04-08/specification/checkout#status-values"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UcpCheckoutStatus>))]
internal enum UcpCheckoutStatus
{
    [JsonStringEnumMemberName("incomplete")]
    Incomplete,

    [JsonStringEnumMemberName("requires_escalation")]
    RequiresEscalation,

    [JsonStringEnumMemberName("ready_for_complete")]
    ReadyForComplete,

    [JsonStringEnumMemberName("complete_in_progress")]
    CompleteInProgress,

    [JsonStringEnumMemberName("completed")]
    Completed,

    [JsonStringEnumMemberName("canceled")]
    Canceled,
}

/// <summary>Answer where there is no resource to answer with: <c>types/error_response.json</c>.</summary>
internal sealed record UcpErrorResponse
{
    public required UcpEnvelope Ucp { get; init; }

    public required IReadOnlyList<UcpMessage> Messages { get; init; }

    public string? ContinueUrl { get; init; }
}

/// <summary>The protocol's own part of an answer or a profile: <c>ucp.json</c>.</summary>
internal sealed record UcpEnvelope
{
    public required string Version { get; init; }

    [Description("success: the answer is the resource. error: it is messages alone.")]
    public UcpOutcome? Status { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>>? Services { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>>? Capabilities { get; init; }

    [Description("Empty: the buyer pays on the seller's hosted page, never through the platform.")]
    public IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>>? PaymentHandlers { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<UcpOutcome>))]
internal enum UcpOutcome
{
    [JsonStringEnumMemberName("success")]
    Success,

    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>A service or a capability, with its version.</summary>
internal sealed record UcpEntity
{
    public required string Version { get; init; }

    public string? Spec { get; init; }

    public string? Transport { get; init; }

    public string? Schema { get; init; }

    public string? Endpoint { get; init; }
}

internal sealed record UcpLineItem
{
    public required string Id { get; init; }

    public required UcpItem Item { get; init; }

    public required long Quantity { get; init; }

    public required IReadOnlyList<UcpTotal> Totals { get; init; }
}

internal sealed record UcpItem
{
    [Description("The product's id in the seller's catalogue.")]
    public required string Id { get; init; }

    public required string Title { get; init; }

    [Description("The seller's price of one unit, in the currency's smallest unit.")]
    public required long Price { get; init; }

    public string? ImageUrl { get; init; }
}

internal sealed record UcpBuyer
{
    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? Email { get; init; }

    public string? PhoneNumber { get; init; }
}

internal sealed record UcpTotal
{
    [Description("subtotal and total occur once each; any other has a display_text.")]
    public required string Type { get; init; }

    public string? DisplayText { get; init; }

    [Description("In the currency's smallest unit; what is taken off is negative.")]
    public required long Amount { get; init; }
}

internal sealed record UcpMessage
{
    [Description("error, warning or info.")]
    public required string Type { get; init; }

    public required string Code { get; init; }

    [Description("One plain sentence.")]
    public required string Content { get; init; }

    [Description("Of an error. recoverable: correct it by update_checkout. requires_buyer_input: hand the buyer over by continue_url. unrecoverable: begin another checkout.")]
    public UcpSeverity? Severity { get; init; }

    [Description("RFC 9535 JSONPath of what the message is about.")]
    public string? Path { get; init; }

    public static UcpMessage Error(string code, UcpSeverity severity, string content, string? path = null) =>
        new() { Type = "error", Code = code, Severity = severity, Content = content, Path = path };

    public static UcpMessage Warning(string code, string content, string? path = null) =>
        new() { Type = "warning", Code = code, Content = content, Path = path };

    public static UcpMessage Info(string code, string content) => new() { Type = "info", Code = code, Content = content };
}

[JsonConverter(typeof(JsonStringEnumConverter<UcpSeverity>))]
internal enum UcpSeverity
{
    [JsonStringEnumMemberName("recoverable")]
    Recoverable,

    [JsonStringEnumMemberName("requires_buyer_input")]
    RequiresBuyerInput,

    [JsonStringEnumMemberName("unrecoverable")]
    Unrecoverable,
}

internal sealed record UcpLink
{
    public required string Type { get; init; }

    public required string Url { get; init; }
}

internal sealed record UcpOrderConfirmation
{
    [Description("Id of the order, for get_order.")]
    public required string Id { get; init; }

    public required string PermalinkUrl { get; init; }
}
