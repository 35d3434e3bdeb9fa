using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi;

/// <summary>Tells the same protocol versions wherever a client can ask for them.</summary>
/// <remarks>
/// The SDK's <c>UnsupportedProtocolVersionError</c> lists every version that this address speaks, its <c>server/discover</c> only those
/// without a handshake; <see href="https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning">the protocol</see> has both
/// list what the server supports, and the conformance runner holds one against the other.
/// </remarks>
internal static class ProtocolVersions
{
    private const string SupportedVersions = "supportedVersions";

    // With a handshake and a session, newest first: what the SDK's InitializeHandshakeProtocolVersions are, which it does not publish.
    private static readonly string[] s_withHandshake = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

    /// <summary>Completes the answer to <c>server/discover</c>.</summary>
    public static void AddDiscoveredVersions(this IMcpServerBuilder mcp) => mcp.WithMessageFilters(filters =>
        filters.AddOutgoingFilter(next => (context, cancellationToken) =>
        {
            if (context.JsonRpcMessage is JsonRpcResponse { Result: JsonObject result } && result[SupportedVersions] is JsonArray versions)
            {
                result[SupportedVersions] = new JsonArray(
                    [.. versions.Select(version => (string?)version).Union(s_withHandshake).Select(version => (JsonNode?)version)]);
            }

            return next(context, cancellationToken);
        }));
}
