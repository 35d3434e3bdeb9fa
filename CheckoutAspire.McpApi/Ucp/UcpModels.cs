using System.ComponentModel;
using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The protocol's checkout:
/// <see href="https://ucp.dev/2026-04-08/schemas/shopping/checkout.json">checkout.json</see>. Every response contains the whole checkout.
/// </summary>
internal sealed record UcpCheckout
{
    public required UcpEnvelope Ucp { get; init; }

    [Description("Id of the checkout, for the other tools.")]
    public required string Id { get; init; }

    [Description("incomplete: correct the problems in messages by update_checkout. ready_for_complete: call complete_checkout. requires_escalation: show "
        + "continue_url to the buyer, who pays there. complete_in_progress: wait and call again. completed: paid, see order. canceled: create another checkout.")]
    public required UcpCheckoutStatus Status { get; init; }

    public required IReadOnlyList<UcpLineItem> LineItems { get; init; }

    public UcpBuyer? Buyer { get; init; }

    [Description("ISO 4217 code of every amount.")]
    public required string Currency { get; init; }

    public required IReadOnlyList<UcpTotal> Totals { get; init; }

    [Description("Problems and information.")]
    public IReadOnlyList<UcpMessage>? Messages { get; init; }

    [Description("Pages that the buyer must be able to read: terms, privacy policy.")]
    public required IReadOnlyList<UcpLink> Links { get; init; }

    [Description("When the unpaid checkout expires.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("Page on which the buyer continues. Show it as a link; never open it yourself.")]
    public string? ContinueUrl { get; init; }

    [Description("The order, once the checkout is paid.")]
    public UcpOrderConfirmation? Order { get; init; }
}

/// <summary>The status of a checkout: <see href="https://ucp.dev/2026-04-08/specification/checkout#status-values"/>.</summary>
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

/// <summary>The response if there is no resource to return: <c>types/error_response.json</c>.</summary>
internal sealed record UcpErrorResponse
{
    public required UcpEnvelope Ucp { get; init; }

    public required IReadOnlyList<UcpMessage> Messages { get; init; }

    public string? ContinueUrl { get; init; }
}

/// <summary>The protocol's envelope of a response or a profile: <c>ucp.json</c>.</summary>
internal sealed record UcpEnvelope
{
    public required string Version { get; init; }

    [Description("success: the response is the resource. error: the response has only messages.")]
    public UcpOutcome? Status { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>>? Services { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>>? Capabilities { get; init; }

    [Description("Empty, because the buyer pays on the seller's hosted page and never through the platform.")]
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
    [Description("The product's id in the seller's catalog.")]
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
    [Description("subtotal and total occur once each; any other type has a display_text.")]
    public required string Type { get; init; }

    public string? DisplayText { get; init; }

    [Description("In the currency's smallest unit; reductions are negative.")]
    public required long Amount { get; init; }
}

internal sealed record UcpMessage
{
    [Description("error, warning or info.")]
    public required string Type { get; init; }

    public required string Code { get; init; }

    [Description("The message in plain words.")]
    public required string Content { get; init; }

    [Description("Severity of an error. recoverable: correct it by update_checkout. requires_buyer_input: show continue_url to the buyer. unrecoverable: create another checkout.")]
    public UcpSeverity? Severity { get; init; }

    [Description("RFC 9535 JSONPath of the member that the message refers to.")]
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
