namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Timeouts of calls to Stripe.</summary>
internal sealed class StripeTimeouts
{
    /// <summary>Timeout of one attempt. Stripe.net's own default is 80 seconds.</summary>
    public TimeSpan Attempt { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Timeout of all attempts of one tool call together.</summary>
    public TimeSpan Call { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Timeout of a lookup that the ledger can answer too, with an older state.</summary>
    public TimeSpan Lookup { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a stored request belongs to the call that has stored it.</summary>
    public TimeSpan Lease => Call + TimeSpan.FromSeconds(10);
}
