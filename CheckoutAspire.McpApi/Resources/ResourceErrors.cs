using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>Errors of resource requests. They are JSON-RPC errors, because results of these requests cannot contain an error.</summary>
internal static class ResourceErrors
{
    // Revisions are dates, so they can be compared as text.
    private const string FirstWithInvalidParams = "2026-07-28";

    /// <summary>
    /// For a resource that does not exist or belongs to another caller, without revealing which. The code differs between revisions
    /// (<see href="https://modelcontextprotocol.io/specification/2026-07-28/server/resources">resources</see>).
    /// </summary>
    public static McpProtocolException NotFound(string? revision) => new(
        "The resource does not exist.",
        string.CompareOrdinal(revision, FirstWithInvalidParams) >= 0 ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound);

    /// <summary>The protocol error for a failed lookup; null for any other exception.</summary>
    public static McpProtocolException? Explain(Exception exception, string? revision) => exception switch
    {
        CheckoutException { Error.Code: CheckoutErrorCode.NotFound } => NotFound(revision),
        CheckoutException checkout => new McpProtocolException(checkout.Error.Error, McpErrorCode.InternalError),
        RedisException or TimeoutException => new McpProtocolException(
            "The seller's ledger is unreachable. Try again in a few seconds.", McpErrorCode.InternalError),
        _ => null,
    };
}
