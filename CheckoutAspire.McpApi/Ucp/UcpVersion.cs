namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The supported version of the protocol, and its names of the service and the capabilities.</summary>
internal static class UcpVersion
{
    /// <summary>The newest released version: <see href="https://ucp.dev/2026-04-08/specification/overview"/>.</summary>
    public const string Current = "2026-04-08";

    public const string Service = "dev.ucp.shopping";

    public const string CheckoutCapability = "dev.ucp.shopping.checkout";

    public const string OrderCapability = "dev.ucp.shopping.order";

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<UcpEntity>> s_none = new Dictionary<string, IReadOnlyList<UcpEntity>>();

    /// <summary>The envelope of a response with a checkout.</summary>
    public static UcpEnvelope Checkout { get; } = new()
    {
        Version = Current,
        Status = UcpOutcome.Success,
        Capabilities = Only(CheckoutCapability),
        PaymentHandlers = s_none,
    };

    /// <summary>The envelope of a response with an order.</summary>
    public static UcpEnvelope Order { get; } = new() { Version = Current, Status = UcpOutcome.Success, Capabilities = Only(OrderCapability) };

    /// <summary>The response if there is no resource to return.</summary>
    public static UcpErrorResponse Failure(string capability, params IReadOnlyList<UcpMessage> messages) => new()
    {
        Ucp = new UcpEnvelope { Version = Current, Status = UcpOutcome.Error, Capabilities = Only(capability) },
        Messages = messages,
    };

    private static Dictionary<string, IReadOnlyList<UcpEntity>> Only(string capability) =>
        new(StringComparer.Ordinal) { [capability] = [new UcpEntity { Version = Current }] };
}
