using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>Whether handlers and the merchant webhook receive the buyer's personal data: <c>FULFILLMENT_PERSONAL_DATA</c>.</summary>
internal sealed class PersonalDataOptions : IReadOptions
{
    /// <summary>Without it an order has no buyer, no addresses, no tax ids and no custom fields.</summary>
    public bool IsPassedOn { get; private set; } = true;

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var text = configuration["FULFILLMENT_PERSONAL_DATA"];
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        if (bool.TryParse(text, out var passedOn))
        {
            IsPassedOn = passedOn;
        }
        else
        {
            ConfigurationErrors = ["FULFILLMENT_PERSONAL_DATA must be true or false."];
        }
    }
}
