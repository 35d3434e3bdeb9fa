using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>Sessions that ask the buyer for everything that the sandbox simulates.</summary>
internal static class AskingSession
{
    /// <summary>Two mugs for 24.90 each, shipped at one of two rates.</summary>
    public static void Everything(SessionCreateOptions options)
    {
        options.LineItems[0].PriceData.UnitAmount = 2490;
        options.ShippingAddressCollection = new() { AllowedCountries = ["DE", "AT", "CH"] };
        options.ShippingOptions = [Rate("Standard", 490), Rate("Express", 990)];
        options.PhoneNumberCollection = new() { Enabled = true };
        options.BillingAddressCollection = "required";
        options.AutomaticTax = new() { Enabled = true };
        options.TaxIdCollection = new() { Enabled = true };
        options.ConsentCollection = new() { TermsOfService = "required", Promotions = "auto" };
        options.CustomFields =
        [
            new() { Key = "engraving", Label = Label("Engraving"), Type = "text", Text = new() { MinimumLength = 2, MaximumLength = 10 } },
            new() { Key = "floor", Label = Label("Floor"), Type = "numeric", Optional = true, Numeric = new() { MaximumLength = 2 } },
            new()
            {
                Key = "wrap",
                Label = Label("Wrapping"),
                Type = "dropdown",
                Dropdown = new() { Options = [new() { Label = "Paper", Value = "paper" }, new() { Label = "None", Value = "none" }] },
            },
        ];
        options.CustomText = new()
        {
            Submit = new() { Message = "We ship within a day." },
            ShippingAddress = new() { Message = "No post office boxes." },
            TermsOfServiceAcceptance = new() { Message = "I agree to the terms of the mug shop." },
            AfterSubmit = new() { Message = "Thank you for your trust." },
        };

        static SessionCustomFieldLabelOptions Label(string text) => new() { Custom = text, Type = "custom" };
    }

    public static SessionShippingOptionOptions Rate(string name, long amount, string currency = "eur") => new()
    {
        ShippingRateData = new()
        {
            DisplayName = name,
            FixedAmount = new() { Amount = amount, Currency = currency },
            Type = "fixed_amount",
            DeliveryEstimate = new() { Minimum = new() { Unit = "business_day", Value = 2 }, Maximum = new() { Unit = "business_day", Value = 4 } },
        },
    };

    /// <summary>The page's form with an answer to everything, and changes.</summary>
    public static Dictionary<string, object?> Form(Session session, params (string Name, object? Value)[] changes)
    {
        var form = new Dictionary<string, object?>
        {
            ["method"] = "card",
            ["email"] = "ada@example.com",
            ["cardNumber"] = "4242424242424242",
            ["cardExpiry"] = "12 / 34",
            ["cardCvc"] = "123",
            ["phoneNumber"] = "+49 30 123456",
            ["shippingName"] = "Ada Käufer",
            ["shippingCountry"] = "DE",
            ["shippingAddressLine1"] = "Invalidenstraße 116",
            ["shippingAddressLine2"] = "Hinterhaus",
            ["shippingPostalCode"] = "10115",
            ["shippingLocality"] = "Berlin",
            ["shippingRate"] = session.ShippingOptions.Last().ShippingRateId,
            ["billingName"] = "Ada Buyer",
            ["billingCountry"] = "AT",
            ["billingAddressLine1"] = "Ring 1",
            ["billingPostalCode"] = "1010",
            ["billingLocality"] = "Wien",
            ["businessName"] = "Ada GmbH",
            ["taxId"] = "ATU12345678",
            ["customFields"] = new Dictionary<string, string> { ["engraving"] = "Ada", ["floor"] = "4", ["wrap"] = "none" },
            ["termsOfServiceConsentCheckbox"] = true,
            ["promotionsConsentCheckbox"] = true,
        };
        foreach (var (name, value) in changes)
        {
            form[name] = value;
        }

        return form;
    }
}
