namespace CheckoutAspire.Worker.Events;

/// <summary>Whether Stripe adds tax to a session's total.</summary>
internal sealed record CheckoutTax
{
    public bool Enabled { get; set; }
}
