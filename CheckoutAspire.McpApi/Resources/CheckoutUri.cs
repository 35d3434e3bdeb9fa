using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>The URI of a checkout resource, for example <c>checkout://sessions/cs_test_a1B2…</c>.</summary>
internal static class CheckoutUri
{
    public const string Template = Prefix + "{session_id}";

    private const string Prefix = "checkout://sessions/";

    public static string Of(string sessionId) => Prefix + sessionId;

    /// <summary>The session of the URI, or null if it is not the URI of a checkout.</summary>
    public static string? SessionOf(string uri) =>
        uri.StartsWith(Prefix, StringComparison.Ordinal) && SessionId.IsWellFormed(uri[Prefix.Length..]) ? uri[Prefix.Length..] : null;
}
