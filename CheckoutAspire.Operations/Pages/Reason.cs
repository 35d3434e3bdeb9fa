namespace CheckoutAspire.Operations.Pages;

/// <summary>Who decides and why, as an operator wrote it.</summary>
internal static class Reason
{
    private const int LongestName = 60;
    private const int LongestReason = 300;

    /// <summary>The refusal of a form that does not say both.</summary>
    public const string Missing = "Say who you are and why you decide so: at most 60 and 300 characters.";

    /// <summary>The line for the journal, or null if something is missing or too long.</summary>
    public static string? Join(string? who, string? why) => (who?.Trim(), why?.Trim()) is ({ Length: > 0 and <= LongestName } name, { Length: > 0 and <= LongestReason } reason)
        ? $"{name}: {reason}"
        : null;
}
