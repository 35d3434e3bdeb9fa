namespace CheckoutAspire.McpApi.Access;

/// <summary>Where MCP is served.</summary>
internal static class McpEndpoints
{
    public const string Mcp = "/mcp";
    public const string Ucp = "/ucp/mcp";

    /// <summary>Every path; each is a protected resource of its own when OAuth is configured.</summary>
    public static IReadOnlyList<string> Paths { get; } = [Mcp, Ucp];
}
