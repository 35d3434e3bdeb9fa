namespace CheckoutAspire.McpApi.Access;

/// <summary>The rules that the current call has passed, for its entry in the audit: what sells does not know the audit.</summary>
internal sealed class CallRules
{
    private static readonly AsyncLocal<CallRules?> s_current = new();

    /// <summary>The rules as the operator has set them: <c>CHECKOUT_PRICES=open, CHECKOUT_LINE_MAX=usd:50000</c>. Null if the call has not applied any.</summary>
    public string? Passed { get; private set; }

    /// <summary>Begins a call.</summary>
    public static CallRules Begin() => s_current.Value = new CallRules();

    /// <summary>Notes the rules that the current call has passed. A call that is not audited notes nothing.</summary>
    public static void Note(IEnumerable<string> rules)
    {
        if (s_current.Value is { } current)
        {
            current.Passed = string.Join(", ", rules);
        }
    }
}
