using System.Text.RegularExpressions;

namespace CheckoutAspire.McpApi.Values;

/// <summary>The format of a Checkout Session's id, for example <c>cs_test_a1B2…</c>.</summary>
internal static partial class SessionId
{
    public const string Pattern = "^cs_(test|live)_[A-Za-z0-9]{1,240}$";

    /// <summary>Whether the text has the format of a session's id.</summary>
    public static bool IsWellFormed(string? text) => text is not null && Format().IsMatch(text) && text[^1] is not '\n';

    [GeneratedRegex(Pattern)]
    private static partial Regex Format();
}
