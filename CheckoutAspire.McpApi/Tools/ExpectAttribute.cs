namespace CheckoutAspire.McpApi.Tools;

/// <summary>What an argument has to be, in plain words: completes "price_cents must be …" when it is something else.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExpectAttribute(string expectation) : Attribute
{
    public string Expectation { get; } = expectation;
}
