namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>An error for the buyer, and the field that it belongs to.</summary>
internal sealed record PageError(string Message, string? Field = null);
