namespace CheckoutAspire.Orders.Stripe;

/// <summary>The mode of the orders that a service handles; registered by services that hold a Stripe key.</summary>
/// <param name="Mode">The mode of the key. A ledger that holds orders of another mode is rejected.</param>
public sealed record LedgerMode(StripeMode Mode)
{
    /// <summary>Whether the orders are for real money.</summary>
    public bool Livemode => Mode is StripeMode.Live;
}
