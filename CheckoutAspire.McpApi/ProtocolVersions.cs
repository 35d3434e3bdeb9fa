using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi;

/// <summary>Reports the same protocol versions in every response that lists them.</summary>
/// <remarks>
/// The SDK's <c>UnsupportedProtocolVersionError</c> lists every version that this endpoint supports, but its <c>server/discover</c> lists only those
/// without a handshake. <see href="https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning">The protocol</see> requires both to list all
/// supported versions, and the conformance runner compares them.
/// </remarks>
internal static class ProtocolVersions
{
    private const string SupportedVersions = "supportedVersions";

    // The versions with a handshake, newest first. The SDK has them in InitializeHandshakeProtocolVersions, which is not public.
    private static readonly string[] s_withHandshake = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

    /// <summary>Completes the response to <c>server/discover</c>.</summary>
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
