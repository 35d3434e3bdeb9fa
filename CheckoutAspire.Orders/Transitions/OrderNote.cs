namespace CheckoutAspire.Orders.Transitions;

/// <summary>A fact beside the payment state.</summary>
public enum OrderNote
{
    /// <summary>Money went back.</summary>
    Refunded,

    /// <summary>The buyer's bank disputes the payment.</summary>
    Disputed,
}
