namespace CheckoutAspire.McpApi.Tools;

/// <summary>Timeouts of the hand-off.</summary>
internal sealed class HandOffTimeouts
{
    /// <summary>
    /// How long a call waits for the buyer's answer. It is below the 60 seconds after which the official TypeScript client ends a call, because
    /// the agent would then never receive the link.
    /// </summary>
    public TimeSpan Answer { get; set; } = TimeSpan.FromSeconds(45);
}
