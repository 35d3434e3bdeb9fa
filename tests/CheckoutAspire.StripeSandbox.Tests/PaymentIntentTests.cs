using System.Net;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Payments, payment methods and customers that are created through the API, without the payment page.</summary>
[Trait("loop", "long")]
public sealed class PaymentIntentTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("pm_card_visa_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card")]
    public async Task A_declined_card_is_a_402_that_leaves_the_charge_and_its_events(string method, string code, string declineCode)
    {
        var refusal = await Assert.ThrowsAsync<StripeException>(() => CreateAsync(method));

        Assert.Equal(HttpStatusCode.PaymentRequired, refusal.HttpStatusCode);
        Assert.Equal(("card_error", code, declineCode), (refusal.StripeError.Type, refusal.StripeError.Code, refusal.StripeError.DeclineCode));
        var intent = await new PaymentIntentService(_sandbox.Stripe).GetAsync(refusal.StripeError.PaymentIntent.Id, cancellationToken: Cancellation);
        Assert.Equal(("requires_payment_method", refusal.StripeError.Charge), (intent.Status, intent.LatestChargeId));
        Assert.Equal(["payment_intent.created", "charge.failed", "payment_intent.payment_failed"], await _sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task A_decline_is_replayed_under_its_key_and_another_card_pays()
    {
        var key = new RequestOptions { IdempotencyKey = "declined" };
        var first = await Assert.ThrowsAsync<StripeException>(() => CreateAsync("pm_card_chargeDeclined", key));
        var second = await Assert.ThrowsAsync<StripeException>(() => CreateAsync("pm_card_chargeDeclined", key));

        var paid = await new PaymentIntentService(_sandbox.Stripe).ConfirmAsync(
            first.StripeError.PaymentIntent.Id,
            new PaymentIntentConfirmOptions { PaymentMethod = "pm_card_mastercard" },
            cancellationToken: Cancellation);

        Assert.Equal(first.StripeError.PaymentIntent.Id, second.StripeError.PaymentIntent.Id);
        Assert.Equal((first.StripeError.PaymentIntent.Id, "succeeded", 500L), (paid.Id, paid.Status, paid.AmountReceived));
    }

    [Fact]
    public async Task A_card_that_requires_authentication_waits_for_it() =>
        Assert.Equal("requires_action", (await CreateAsync("pm_card_authenticationRequired")).Status);

    [Theory]
    [InlineData("/v1/payment_intents", "amount=10&currency=usd", "amount_too_small", "amount")]
    [InlineData("/v1/payment_intents", "amount=1000&currency=usd&confirm=true", "parameter_missing", "payment_method")]
    [InlineData("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_none", "resource_missing", "payment_method")]
    [InlineData("/v1/payment_intents", "amount=1000&currency=usd&colour=red", "parameter_unknown", "colour")]
    [InlineData("/v1/payment_methods", "type=card&card[token]=tok_none", "resource_missing", "card[token]")]
    [InlineData("/v1/payment_methods", "type=card&card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=2034", "incorrect_number", "number")]
    [InlineData("/v1/payment_methods", "type=sepa_debit&sepa_debit[iban]=AT611904300234573202", "invalid_bank_account_iban", "sepa_debit[iban]")]
    [InlineData("/v1/customers", "email=nobody", "email_invalid", "email")]
    [InlineData("/v1/customers", "balance=5", "sandbox_not_simulated", "balance")]
    public async Task A_wrong_parameter_is_refused(string path, string form, string code, string parameter)
    {
        var error = await _sandbox.PostRefusedAsync(path, form);

        Assert.Equal((code, parameter), ((string?)error["code"], (string?)error["param"]));
    }

    [Theory]
    [InlineData("type=card&card[token]=tok_chargeDeclined", "card_declined")]
    [InlineData("type=card&card[number]=4000000000009995&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123", "card_declined")]
    public async Task A_session_paid_by_a_bad_method_stays_open(string form, string code)
    {
        var session = await _sandbox.CreateAsync(options => options.CustomerEmail = "a@example.com");
        var method = await PostAsync("/v1/payment_methods", form);

        var error = await _sandbox.PostRefusedAsync($"/v1/payment_pages/{session.Id}/confirm", $"payment_method={method["id"]}&expected_amount=9998");

        Assert.Equal(("card_error", code), ((string?)error["type"], (string?)error["code"]));
        Assert.Equal("open", (await _sandbox.GetAsync(session.Id)).Status);
        Assert.Contains("payment_intent.payment_failed", await _sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task A_session_that_is_closed_is_not_confirmed()
    {
        var session = await _sandbox.CreateAsync();
        await new SessionService(_sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: Cancellation);

        var error = await _sandbox.PostRefusedAsync($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa");

        Assert.Equal("checkout_not_active_session", (string?)error["code"]);
    }

    [Fact]
    public async Task A_customer_is_made_changed_found_used_and_deleted()
    {
        var customers = new CustomerService(_sandbox.Stripe);
        var ada = await customers.CreateAsync(
            new CustomerCreateOptions { Email = "ada@example.com", Name = "Ada", Address = new AddressOptions { Country = "US" } },
            cancellationToken: Cancellation);
        await customers.CreateAsync(new CustomerCreateOptions { Email = "bob@example.com" }, cancellationToken: Cancellation);

        var changed = await customers.UpdateAsync(ada.Id, new CustomerUpdateOptions { Phone = "+1 555" }, cancellationToken: Cancellation);
        var session = await _sandbox.CreateAsync(options => options.Customer = ada.Id);
        await _sandbox.PayByCardAsync(session);
        var found = await customers.ListAsync(new CustomerListOptions { Email = "ada@example.com" }, cancellationToken: Cancellation);
        var deleted = await customers.DeleteAsync(ada.Id, cancellationToken: Cancellation);

        Assert.Equal(("Ada", "+1 555", "US"), (changed.Name, changed.Phone, changed.Address.Country));
        Assert.Equal([ada.Id], found.Data.Select(customer => customer.Id));
        Assert.Equal(ada.Id, (await _sandbox.GetAsync(session.Id)).CustomerId);
        Assert.True(deleted.Deleted);
        await Assert.ThrowsAsync<StripeException>(() => customers.GetAsync(ada.Id, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Objects_created_through_the_API_have_Stripe_s_shape()
    {
        using var client = _sandbox.Authenticated();
        var customer = await new CustomerService(_sandbox.Stripe).CreateAsync(
            new CustomerCreateOptions { Email = "ada@example.com" }, cancellationToken: Cancellation);
        var method = await PostAsync(
            "/v1/payment_methods", "type=sepa_debit&sepa_debit[iban]=AT611904300234573201&billing_details[email]=a@example.com");
        var intent = await CreateAsync("pm_card_visa");
        var waiting = await CreateAsync("pm_card_authenticationRequired");
        var specimens = new List<Specimen>();
        foreach (var path in new[]
        {
            $"/v1/customers/{customer.Id}", "/v1/customers", $"/v1/payment_methods/{method["id"]}", $"/v1/payment_methods/{intent.PaymentMethodId}",
            $"/v1/payment_intents/{intent.Id}", $"/v1/payment_intents/{waiting.Id}", "/v1/payment_intents",
        })
        {
            specimens.Add(StripeTypes.Specimen(path, JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!));
        }

        Assert.Empty(await StripeTypes.CheckAsync(specimens));
    }

    private Task<PaymentIntent> CreateAsync(string method, RequestOptions? options = null) => new PaymentIntentService(_sandbox.Stripe).CreateAsync(
        new PaymentIntentCreateOptions { Amount = 500, Currency = "usd", PaymentMethod = method, Confirm = true }, options, Cancellation);

    private async Task<JsonNode> PostAsync(string path, string form)
    {
        using var client = _sandbox.Authenticated();
        using var content = new StringContent(form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync(path, content, Cancellation);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
    }
}
