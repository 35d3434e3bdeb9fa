using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// Whether a result is sent as text, as structured content or as both. The protocol has both for backward compatibility
/// (<see href="https://modelcontextprotocol.io/specification/2026-07-28/server/tools#structured-content"/>), and no way to say which one a client passes
/// to its model. Some pass only the text, so that it is left out only if a client asks for that (docs/mcp.md).
/// </summary>
internal static class ContentForms
{
    /// <summary>The member of a call's <c>_meta</c> with which a client asks for structured content alone.</summary>
    public const string StructuredOnly = "checkout-aspire/structured_only";

    // The first revision that has structured content. Older clients would ignore it.
    private const string FirstStructured = "2025-06-18";

    /// <summary>The result in the forms that the client of this call reads.</summary>
    public static CallToolResult For(RequestContext<CallToolRequestParams> request, CallToolResult result)
    {
        if (request.Server.NegotiatedProtocolVersion is { } revision && string.CompareOrdinal(revision, FirstStructured) < 0)
        {
            result.StructuredContent = null;
        }
        else if (request.Params.Meta?[StructuredOnly] is JsonValue asked && asked.TryGetValue(out bool only) && only)
        {
            result.Content = [];
        }

        return result;
    }
}
