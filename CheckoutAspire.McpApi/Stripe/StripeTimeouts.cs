namespace CheckoutAspire.McpApi.Stripe;

/// <summary>How long Stripe may take.</summary>
internal sealed class StripeTimeouts
{
    /// <summary>One attempt; Stripe.net's own default is 80 seconds.</summary>
    public TimeSpan Attempt { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>All attempts of one tool call together.</summary>
    public TimeSpan Call { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>A question whose answer the ledger has too, only older.</summary>
    public TimeSpan Lookup { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a request that is written down belongs to the call that wrote it.</summary>
    public TimeSpan Lease => Call + TimeSpan.FromSeconds(10);
}
