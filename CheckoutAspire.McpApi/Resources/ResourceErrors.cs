using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>The failures of resource requests, which are JSON-RPC errors: there is no result that could carry them.</summary>
internal static class ResourceErrors
{
    // Revisions are dates, so they compare as text.
    private const string FirstWithInvalidParams = "2026-07-28";

    /// <summary>
    /// For a resource that does not exist, or is another caller's: nobody learns which. Its code has changed between revisions
    /// (<see href="https://modelcontextprotocol.io/specification/2026-07-28/server/resources">resources</see>).
    /// </summary>
    public static McpProtocolException NotFound(string? revision) => new(
        "There is no such resource.",
        string.CompareOrdinal(revision, FirstWithInvalidParams) >= 0 ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound);

    /// <summary>The protocol's error for what a look-up throws; null for what is not its failure.</summary>
    public static McpProtocolException? Explain(Exception exception, string? revision) => exception switch
    {
        CheckoutException { Error.Code: CheckoutErrorCode.NotFound } => NotFound(revision),
        CheckoutException refusal => new McpProtocolException(refusal.Error.Error, McpErrorCode.InternalError),
        RedisException or TimeoutException => new McpProtocolException(
            "The seller's ledger does not answer; try again shortly.", McpErrorCode.InternalError),
        _ => null,
    };
}
