namespace CheckoutAspire.McpApi.Access;

/// <summary>The paths of the MCP endpoints. Each is an OAuth protected resource of its own.</summary>
internal sealed class McpEndpoints
{
    public const string Mcp = "/mcp";

    /// <summary>Every mapped path, <see cref="Mcp"/> first.</summary>
    public IList<string> Paths { get; } = [Mcp];

    /// <summary>The mapped path that a request's path means, which routing compares without case and a final slash: <c>/mcp</c> for <c>/MCP/</c>.</summary>
    public string? Find(string? path) => Paths.FirstOrDefault(mapped => mapped.Equals(path?.TrimEnd('/'), StringComparison.OrdinalIgnoreCase));
}
