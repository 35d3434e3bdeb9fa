namespace CheckoutAspire.McpApi.Tools;

/// <summary>Describes a valid value of an argument. It completes the error "price_cents must be …".</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExpectAttribute(string expectation) : Attribute
{
    public string Expectation { get; } = expectation;
}
