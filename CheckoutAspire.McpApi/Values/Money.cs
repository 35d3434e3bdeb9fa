namespace CheckoutAspire.McpApi.Values;

/// <summary>An amount of money.</summary>
/// <param name="Amount">In the currency's smallest unit.</param>
/// <param name="Currency">Lower case ISO 4217 code.</param>
internal sealed record Money(long Amount, string Currency);
