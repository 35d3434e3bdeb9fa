using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>What a session can ask the buyer: shipping, telephone, addresses, tax, tax ids, custom fields and consent.</summary>
public sealed class CollectionTests(SandboxServer sandbox) : IClassFixture<SandboxServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_shipping_option_is_in_the_total_of_an_open_session()
    {
        var session = await sandbox.CreateAsync(AskingSession.Everything, "eur");

        Assert.Equal((4980, 5470), (session.AmountSubtotal, session.AmountTotal));
        Assert.Equal([490, 990], session.ShippingOptions.Select(option => option.ShippingAmount));
        Assert.Equal(session.ShippingOptions[0].ShippingRateId, session.ShippingCost.ShippingRateId);
        Assert.Equal((490, 0), (session.TotalDetails.AmountShipping, session.TotalDetails.AmountTax));
        Assert.Equal((true, "requires_location_inputs"), (session.AutomaticTax.Enabled, session.AutomaticTax.Status));
        Assert.Null(session.CustomerDetails);
        Assert.Null(session.Consent);
    }

    [Fact]
    public async Task The_answers_are_in_the_completed_session_its_event_and_its_payment()
    {
        var session = await sandbox.CreateAsync(AskingSession.Everything, "eur");

        Assert.Equal("redirect", (string)(await sandbox.PayAsync(session, AskingSession.Form(session)))["result"]!);

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("complete", "paid", 5970), (paid.Status, paid.PaymentStatus, paid.AmountTotal));
        Assert.Equal(("ada@example.com", "Ada GmbH", "+49 30 123456"), (paid.CustomerDetails.Email, paid.CustomerDetails.Name, paid.CustomerDetails.Phone));
        Assert.Equal(
            ("Ring 1", "1010", "Wien", "AT"),
            (paid.CustomerDetails.Address.Line1, paid.CustomerDetails.Address.PostalCode, paid.CustomerDetails.Address.City, paid.CustomerDetails.Address.Country));
        Assert.Equal(("eu_vat", "ATU12345678"), (paid.CustomerDetails.TaxIds[0].Type, paid.CustomerDetails.TaxIds[0].Value));
        var shipping = paid.CollectedInformation.ShippingDetails;
        Assert.Equal(
            ("Ada Käufer", "Invalidenstraße 116", "Hinterhaus", "10115", "Berlin", "DE"),
            (shipping.Name, shipping.Address.Line1, shipping.Address.Line2, shipping.Address.PostalCode, shipping.Address.City, shipping.Address.Country));
        Assert.Equal(("Ada GmbH", "Ada GmbH"), (paid.CollectedInformation.BusinessName, paid.CustomerDetails.BusinessName));
        Assert.Equal(("opt_in", "accepted"), (paid.Consent.Promotions, paid.Consent.TermsOfService));
        Assert.Equal(
            ["Ada", "4", "none"],
            new[] { paid.CustomFields[0].Text.Value, paid.CustomFields[1].Numeric.Value, paid.CustomFields[2].Dropdown.Value });
        Assert.Equal("complete", paid.AutomaticTax.Status);

        var intent = await new PaymentIntentService(sandbox.Stripe).GetAsync(
            paid.PaymentIntentId, new() { Expand = ["latest_charge"] }, cancellationToken: Cancellation);
        Assert.Equal((5970, "Ada Käufer", "Berlin"), (intent.Amount, intent.Shipping.Name, intent.Shipping.Address.City));
        Assert.Equal(("Wien", "Berlin"), (intent.LatestCharge.BillingDetails.Address.City, intent.LatestCharge.Shipping.Address.City));
        var completed = (await new EventService(sandbox.Stripe).ListAsync(
                new() { Type = "checkout.session.completed", Limit = 100 }, cancellationToken: Cancellation))
            .Select(recorded => (Session)recorded.Data.Object).Single(recorded => recorded.Id == session.Id);
        Assert.Equal(("Berlin", "none"), (completed.CollectedInformation.ShippingDetails.Address.City, completed.CustomFields[2].Dropdown.Value));
    }

    [Theory]
    [InlineData("usd", "DE", 946, 93, 4980 + 490 + 1039)]
    [InlineData("eur", "DE", 795, 78, 4980 + 490)]
    [InlineData("eur", "CH", 373, 37, 4980 + 490)]
    [InlineData("eur", "US", 0, 0, 4980 + 490)]
    public async Task Tax_is_added_to_dollars_and_contained_in_euros(string currency, string country, long lineTax, long shippingTax, long total)
    {
        var session = await sandbox.CreateAsync(
            options =>
            {
                options.LineItems[0].PriceData.UnitAmount = 2490;
                options.ShippingAddressCollection = new() { AllowedCountries = [country] };
                options.ShippingOptions = [AskingSession.Rate("Standard", 490, currency)];
                options.AutomaticTax = new() { Enabled = true };
            },
            currency);

        await PayAsync(session);

        var paid = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new() { Expand = ["line_items.data.taxes", "shipping_cost.shipping_rate"] }, cancellationToken: Cancellation);
        var line = Assert.Single(paid.LineItems);
        Assert.Equal((total, lineTax + shippingTax), (paid.AmountTotal, paid.TotalDetails.AmountTax));
        Assert.Equal((lineTax, shippingTax), (line.AmountTax, paid.ShippingCost.AmountTax));
        Assert.Equal(("Standard", 490), (paid.ShippingCost.ShippingRate.DisplayName, paid.ShippingCost.AmountSubtotal));
        Assert.Equal(paid.AmountTotal, line.AmountTotal + paid.ShippingCost.AmountTotal);
        var tax = Assert.Single(line.Taxes);
        Assert.Equal((lineTax, currency == "eur", country), (tax.Amount, tax.Rate.Inclusive, tax.Rate.Country));
    }

    [Fact]
    public async Task A_discount_is_taken_off_before_the_tax_and_not_off_the_shipping()
    {
        var coupon = await new CouponService(sandbox.Stripe).CreateAsync(new() { PercentOff = 50 }, cancellationToken: Cancellation);
        var session = await sandbox.CreateAsync(
            options =>
            {
                AskingSession.Everything(options);
                options.LineItems[0].PriceData.TaxBehavior = "exclusive";
                options.Discounts = [new() { Coupon = coupon.Id }];
            },
            "eur");

        await PayAsync(session);

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal((4980, 2490, 490), (paid.AmountSubtotal, paid.TotalDetails.AmountDiscount, paid.TotalDetails.AmountShipping));
        Assert.Equal(473 + 78, paid.TotalDetails.AmountTax);
        Assert.Equal(2490 + 473 + 490, paid.AmountTotal);
    }

    [Theory]
    [InlineData("phoneNumber", "030", "phoneNumber")]
    [InlineData("shippingName", "", "shippingName")]
    [InlineData("shippingCountry", "US", "shippingCountry")]
    [InlineData("shippingAddressLine1", " ", "shippingAddressLine1")]
    [InlineData("shippingPostalCode", null, "shippingPostalCode")]
    [InlineData("shippingLocality", null, "shippingLocality")]
    [InlineData("billingCountry", null, "billingCountry")]
    [InlineData("billingAddressLine1", null, "billingAddressLine1")]
    [InlineData("billingLocality", null, "billingLocality")]
    [InlineData("billingCountry", "US", "billingAdministrativeArea")]
    [InlineData("taxId", "DE123456789", "taxId")]
    [InlineData("businessName", null, "businessName")]
    [InlineData("termsOfServiceConsentCheckbox", false, "termsOfServiceConsentCheckbox")]
    [InlineData("shippingRate", "shr_none", "shippingRate")]
    [InlineData("customFields", """{"engraving":"Ada"}""", "customField-wrap")]
    [InlineData("customFields", """{"wrap":"none"}""", "customField-engraving")]
    [InlineData("customFields", """{"engraving":"A","wrap":"none"}""", "customField-engraving")]
    [InlineData("customFields", """{"engraving":"Ada Lovelace","wrap":"none"}""", "customField-engraving")]
    [InlineData("customFields", """{"engraving":"Ada","wrap":"gold"}""", "customField-wrap")]
    [InlineData("customFields", """{"engraving":"Ada","wrap":"none","floor":"4a"}""", "customField-floor")]
    [InlineData("expectedTotal", 5470, "total")]
    public async Task A_wrong_answer_is_reported_at_its_field_and_nothing_is_paid(string name, object? value, string field)
    {
        var session = await sandbox.CreateAsync(AskingSession.Everything, "eur");

        var response = await sandbox.PayAsync(
            session, AskingSession.Form(session, (name, name == "customFields" ? JsonNode.Parse((string)value!) : value)));

        Assert.Equal(("error", field), ((string)response["result"]!, (string)response["field"]!));
        Assert.NotEmpty((string)response["message"]!);
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
    }

    [Fact]
    public async Task The_billing_address_can_be_the_shipping_address()
    {
        var session = await sandbox.CreateAsync(AskingSession.Everything, "eur");

        await sandbox.PayAsync(session, AskingSession.Form(
            session, ("cardUseShippingAsBilling", true), ("taxId", "de123456789"), ("billingCountry", null), ("billingAddressLine1", null)));

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("Berlin", "DE"), (paid.CustomerDetails.Address.City, paid.CustomerDetails.Address.Country));
        Assert.Equal(("eu_vat", "DE123456789"), (paid.CustomerDetails.TaxIds[0].Type, paid.CustomerDetails.TaxIds[0].Value));
    }

    [Theory]
    [InlineData("GB", "GB123456789", "gb_vat")]
    [InlineData("CH", "CHE-123.456.789 MWST", "ch_vat")]
    [InlineData("US", "12-3456789", "us_ein")]
    [InlineData("NO", "123456789MVA", "no_vat")]
    [InlineData("AU", "12345678912", "au_abn")]
    [InlineData("JP", "T1234567891234", "jp_trn")]
    [InlineData("GR", "EL123456789", "eu_vat")]
    public async Task A_tax_id_has_the_type_of_the_buyer_s_country(string country, string value, string type)
    {
        var session = await sandbox.CreateAsync(options => options.TaxIdCollection = new() { Enabled = true, Required = "if_supported" });
        using var client = sandbox.Anonymous();

        using var response = await client.PostAsJsonAsync(
            $"/sandbox/sessions/{session.Id}/pay",
            new { business_name = "Ada Ltd", tax_id = value, address = new { country } },
            Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal((type, value), (paid.CustomerDetails.TaxIds[0].Type, paid.CustomerDetails.TaxIds[0].Value));
        Assert.Equal("if_supported", paid.TaxIdCollection.Required);
    }

    [Fact]
    public async Task A_control_pays_with_a_German_address_by_default_or_with_what_it_is_given()
    {
        var first = await sandbox.CreateAsync(AskingSession.Everything, "eur");
        var second = await sandbox.CreateAsync(AskingSession.Everything, "eur");
        var third = await sandbox.CreateAsync(AskingSession.Everything, "eur");
        using var client = sandbox.Anonymous();

        using var byDefault = await client.PostAsync($"/sandbox/sessions/{first.Id}/pay", content: null, Cancellation);
        using var given = await client.PostAsJsonAsync(
            $"/sandbox/sessions/{second.Id}/pay",
            new
            {
                email = "bob@example.com",
                phone = "+43 1 234567",
                shipping = new { name = "Bob", address = new { line1 = "Ring 2", postal_code = "1010", city = "Wien", country = "AT" } },
                shipping_rate = second.ShippingOptions[1].ShippingRateId,
                custom_fields = new { engraving = "Bob" },
                promotions = true,
            },
            Cancellation);
        using var wrong = await client.PostAsJsonAsync($"/sandbox/sessions/{third.Id}/pay", new { phone = "none" }, Cancellation);
        using var unknown = await client.PostAsJsonAsync($"/sandbox/sessions/{third.Id}/pay", new { telephone = "+43 1 234567" }, Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (byDefault.StatusCode, given.StatusCode));
        var german = await sandbox.GetAsync(first.Id);
        Assert.Equal(("DE", "DE"), (german.CollectedInformation.ShippingDetails.Address.Country, german.CustomerDetails.Address.Country));
        Assert.Equal(("Sandbox", "accepted", 5470), (german.CustomFields[0].Text.Value, german.Consent.TermsOfService, german.AmountTotal));
        var austrian = await sandbox.GetAsync(second.Id);
        Assert.Equal(("Bob", "Wien"), (austrian.CollectedInformation.ShippingDetails.Name, austrian.CollectedInformation.ShippingDetails.Address.City));
        Assert.Equal(("bob@example.com", "+43 1 234567", "Bob", 5970), (austrian.CustomerDetails.Email, austrian.CustomerDetails.Phone, austrian.CustomFields[0].Text.Value, austrian.AmountTotal));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.StartsWith("phoneNumber: ", (string)(await wrong.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["error"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Equal("open", (await sandbox.GetAsync(third.Id)).Status);
    }

    [Fact]
    public async Task The_answers_outlast_the_bank_s_question()
    {
        var session = await sandbox.CreateAsync(AskingSession.Everything, "eur");
        var challenge = await sandbox.PayAsync(session, AskingSession.Form(session, ("cardNumber", "4000002500003155")));

        await sandbox.PostAsync(new Uri(session.Url).AbsolutePath + "/challenge", new { authenticated = true });

        Assert.Equal("challenge", (string)challenge["result"]!);
        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("paid", "Berlin", "Ada"), (paid.PaymentStatus, paid.CollectedInformation.ShippingDetails.Address.City, paid.CustomFields[0].Text.Value));
    }

    [Fact]
    public async Task Shipping_rates_are_created_listed_archived_and_used_in_their_currencies()
    {
        var service = new ShippingRateService(sandbox.Stripe);
        var rate = await service.CreateAsync(
            new()
            {
                DisplayName = "Parcel",
                Type = "fixed_amount",
                FixedAmount = new() { Amount = 500, Currency = "usd", CurrencyOptions = new() { ["eur"] = new() { Amount = 450 } } },
            },
            cancellationToken: Cancellation);
        var inEuros = await sandbox.CreateAsync(options => options.ShippingOptions = [new() { ShippingRate = rate.Id }], "eur");
        var listed = await service.ListAsync(new() { Active = true, Currency = "eur" }, cancellationToken: Cancellation);
        await service.UpdateAsync(rate.Id, new() { Active = false }, cancellationToken: Cancellation);

        Assert.Equal((450, 2 * 4999 + 450), (inEuros.ShippingOptions[0].ShippingAmount, inEuros.AmountTotal));
        Assert.Contains(listed, each => each.Id == rate.Id);
        Assert.False((await service.GetAsync(rate.Id, cancellationToken: Cancellation)).Active);
        var archived = await Assert.ThrowsAsync<StripeException>(() => sandbox.CreateAsync(options => options.ShippingOptions = [new() { ShippingRate = rate.Id }]));
        Assert.Equal("shipping_options[0][shipping_rate]", archived.StripeError.Param);
        var unknown = await Assert.ThrowsAsync<StripeException>(() => sandbox.CreateAsync(options => options.ShippingOptions = [new() { ShippingRate = "shr_none" }]));
        Assert.Equal(("resource_missing", "No such shipping rate: 'shr_none'"), (unknown.StripeError.Code, unknown.StripeError.Message));
    }

    [Theory]
    [InlineData("shipping_options[0][shipping_rate_data][display_name]=A&shipping_options[0][shipping_rate_data][fixed_amount][amount]=1&shipping_options[0][shipping_rate_data][fixed_amount][currency]=eur", "shipping_options[0]")]
    [InlineData("shipping_options[0][shipping_rate_data][fixed_amount][amount]=1", "shipping_options[0][shipping_rate_data][display_name]")]
    [InlineData("shipping_address_collection[allowed_countries][0]=Germany", "shipping_address_collection[allowed_countries][0]")]
    [InlineData("custom_fields[0][key]=a&custom_fields[0][type]=text", "custom_fields[0][label][type]")]
    [InlineData("custom_fields[0][key]=a+b&custom_fields[0][type]=text&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=A", "custom_fields[0][key]")]
    [InlineData("custom_fields[0][key]=a&custom_fields[0][type]=dropdown&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=A", "custom_fields[0][dropdown][options]")]
    [InlineData("consent_collection[terms_of_service]=maybe", "consent_collection[terms_of_service]")]
    [InlineData("locale=xx", "locale")]
    [InlineData("excluded_payment_method_types[0]=card&allowed_payment_method_types[0]=card", "excluded_payment_method_types")]
    [InlineData("automatic_tax[liability][type]=self&automatic_tax[enabled]=true", "automatic_tax[liability][type]")]
    [InlineData("branding_settings[display_name]=Shop", "branding_settings[display_name]")]
    [InlineData("after_expiration[recovery][enabled]=true", "after_expiration[recovery][enabled]")]
    public async Task A_wrong_or_unsimulated_parameter_is_refused_by_name(string form, string parameter)
    {
        const string mug = "mode=payment&success_url=http://localhost/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd"
            + "&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][product_data][name]=Mug&";

        var error = await sandbox.PostRefusedAsync("/v1/checkout/sessions", mug + form);

        Assert.Equal(parameter, (string)error["param"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invoice_is_created_when_the_payment_has_succeeded(bool byDebit)
    {
        var session = await sandbox.CreateAsync(
            options =>
            {
                AskingSession.Everything(options);
                options.InvoiceCreation = new() { Enabled = true };
                options.AllowedPaymentMethodTypes = [byDebit ? "sepa_debit" : "card"];
            },
            "eur");

        await PayAsync(session);
        if (byDebit)
        {
            Assert.Null((await sandbox.GetAsync(session.Id)).InvoiceId);
            await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/settle", new { });
        }

        var paid = await new SessionService(sandbox.Stripe).GetAsync(session.Id, new() { Expand = ["invoice", "customer"] }, cancellationToken: Cancellation);
        Assert.Equal(("paid", 5470, 4980), (paid.Invoice.Status, paid.Invoice.AmountPaid, paid.Invoice.Subtotal));
        Assert.Equal((490, paid.TotalDetails.AmountTax), (paid.Invoice.ShippingCost.AmountSubtotal, paid.Invoice.Total - paid.Invoice.TotalExcludingTax));
        Assert.Equal(("Red mug", 4980), (paid.Invoice.Lines.Data[0].Description, paid.Invoice.Lines.Data[0].Amount));
        Assert.Equal(("Berlin", "+4930123456", "Berlin"), (paid.Customer.Address.City, paid.Customer.Phone, paid.Customer.Shipping.Address.City));
    }

    [Fact]
    public async Task Excluded_methods_are_not_offered()
    {
        var session = await sandbox.CreateAsync(options => options.ExcludedPaymentMethodTypes = ["us_bank_account"]);

        Assert.Equal(["card"], session.PaymentMethodTypes);
    }

    private async Task PayAsync(Session session)
    {
        using var client = sandbox.Anonymous();
        using var response = await client.PostAsync($"/sandbox/sessions/{session.Id}/pay", content: null, Cancellation);
        response.EnsureSuccessStatusCode();
    }
}
