namespace CheckoutAspire.McpApi.Access;

/// <summary>The paths of the MCP endpoints. Each is an OAuth protected resource of its own.</summary>
internal sealed class McpEndpoints
{
    public const string Mcp = "/mcp";

    /// <summary>Every mapped path, <see cref="Mcp"/> first.</summary>
    public IList<string> Paths { get; } = [Mcp];
}
