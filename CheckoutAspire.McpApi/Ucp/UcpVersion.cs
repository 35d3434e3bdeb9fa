namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The version of the protocol that is spoken, and the names it gives to what is offered.</summary>
internal static class UcpVersion
{
    /// <summary>The newest that is released: <see href="https://ucp.dev/2026-04-08/specification/overview"/>.</summary>
    public const string Current = "2026-04-08";

    public const string Service = "dev.ucp.shopping";

    public const string CheckoutCapability = "dev.ucp.shopping.checkout";

    public const string OrderCapability = "dev.ucp.shopping.order";

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>> s_none = new Dictionary<string, IReadOnlyList<UcpEntity>>();

    /// <summary>What an answer about a checkout begins with.</summary>
    public static UcpEnvelope Checkout { get; } = new()
    {
        Version = Current,
        Status = UcpOutcome.Success,
        Capabilities = Only(CheckoutCapability),
        PaymentHandlers = s_none,
    };

    /// <summary>What an answer about an order begins with.</summary>
    public static UcpEnvelope Order { get; } = new() { Version = Current, Status = UcpOutcome.Success, Capabilities = Only(OrderCapability) };

    /// <summary>The answer where there is no resource.</summary>
    public static UcpErrorResponse Failure(string capability, params IReadOnlyList<UcpMessage> messages) => new()
    {
        Ucp = new UcpEnvelope { Version = Current, Status = UcpOutcome.Error, Capabilities = Only(capability) },
        Messages = messages,
    };

    private static Dictionary<string, IReadOnlyList<UcpEntity>> Only(string capability) =>
        new(StringComparer.Ordinal) { [capability] = [new UcpEntity { Version = Current }] };
}
