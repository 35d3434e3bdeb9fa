namespace CheckoutAspire.McpApi.Tools;

/// <summary>How long a buyer may take.</summary>
internal sealed class HandOffTimeouts
{
    /// <summary>
    /// How long a call waits for the buyer's answer: below the 60 seconds after which the official TypeScript client gives a call up, for
    /// then the agent would never learn the link.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(45);
}
