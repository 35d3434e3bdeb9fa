using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Prices with <c>currency_options</c>: sold in usd, paid in eur.</summary>
[Trait("loop", "long")]
public sealed class CurrencyTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_without_a_currency_is_paid_in_the_buyer_s()
    {
        var session = await CreateAsync(await PriceAsync());

        var moved = await LocalizeAsync(session, "eur");
        await sandbox.PayByCardAsync(session);
        var paid = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent.latest_charge", "line_items"] }, cancellationToken: Cancellation);

        Assert.Equal(("usd", 2000L), (session.Currency, session.AmountTotal));
        Assert.Equal("updated", moved);
        Assert.Equal(("eur", 1800L, 1800L, "paid"), (paid.Currency, paid.AmountTotal!.Value, paid.AmountSubtotal!.Value, paid.PaymentStatus));
        Assert.Equal(("eur", 1800L, "eur"), (paid.PaymentIntent.Currency, paid.PaymentIntent.AmountReceived, paid.PaymentIntent.LatestCharge.Currency));
        var line = paid.LineItems.Data.Single();
        Assert.Equal(("eur", 1800L, "usd"), (line.Currency, line.AmountTotal, line.Price.Currency));
    }

    [Fact]
    public async Task An_explicit_currency_is_kept()
    {
        var price = await PriceAsync();
        var euros = await CreateAsync(price, options => options.Currency = "eur");
        var dollars = await CreateAsync(price, options => options.Currency = "usd");

        Assert.Equal(("eur", 1800L), (euros.Currency, euros.AmountTotal));
        Assert.Equal("error", await LocalizeAsync(euros, "usd"));
        Assert.Equal("error", await LocalizeAsync(dollars, "eur"));
        Assert.Equal(("usd", 2000L), ((await sandbox.GetAsync(dollars.Id)).Currency, (await sandbox.GetAsync(dollars.Id)).AmountTotal));
    }

    [Fact]
    public async Task A_currency_that_not_every_price_has_is_not_offered()
    {
        var session = await CreateAsync(await PriceAsync());
        var mixed = await CreateAsync(await PriceAsync(), options => options.LineItems.Add(SandboxServer.Mug().LineItems[0]));

        Assert.Equal("error", await LocalizeAsync(session, "gbp"));
        Assert.Equal("error", await LocalizeAsync(mixed, "eur"));
        var refusal = await Assert.ThrowsAsync<StripeException>(async () => await CreateAsync(await PriceAsync(), options => options.Currency = "gbp"));
        Assert.StartsWith("The price specified supports currencies of `usd`.", refusal.StripeError.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payment_methods_follow_the_currency()
    {
        var session = await CreateAsync(await PriceAsync());

        await LocalizeAsync(session, "eur");
        var localized = await sandbox.GetAsync(session.Id);

        Assert.Equal(["card", "us_bank_account"], session.PaymentMethodTypes);
        Assert.Equal(["card", "sepa_debit"], localized.PaymentMethodTypes);
    }

    [Fact]
    public async Task A_subscription_is_renewed_in_the_currency_it_was_bought_in()
    {
        var price = await PriceAsync(options => options.Recurring = new PriceRecurringOptions { Interval = "month" });
        var session = await CreateAsync(price, options => options.Mode = "subscription");
        await LocalizeAsync(session, "eur");
        await sandbox.PayByCardAsync(session);
        var subscription = (await sandbox.GetAsync(session.Id)).SubscriptionId;

        var renewed = await sandbox.PostFormAsync($"/sandbox/subscriptions/{subscription}/renew", "");

        Assert.Equal(("eur", 1800L), ((string?)renewed["currency"], (long?)renewed["amount_paid"]));
    }

    [Fact]
    public async Task Currency_options_are_shown_when_they_are_expanded()
    {
        var price = await PriceAsync();
        var session = await CreateAsync(price);
        using var shapes = new Shapes(sandbox);
        using var client = sandbox.Authenticated();

        var plain = await client.GetFromJsonAsync<JsonObject>($"/v1/prices/{price.Id}", Cancellation);
        var expanded = await new PriceService(sandbox.Stripe).GetAsync(
            price.Id, new PriceGetOptions { Expand = ["currency_options"] }, cancellationToken: Cancellation);

        Assert.False(plain!.ContainsKey("currency_options"));
        Assert.Equal(["eur", "usd"], expanded.CurrencyOptions.Keys.Order());
        Assert.Equal(900, expanded.CurrencyOptions["eur"].UnitAmount);
        await Shapes.AssertAsync(
        [
            await shapes.ReadAsync($"/v1/prices/{price.Id}?expand[]=currency_options"), await shapes.ReadAsync($"/v1/prices/{price.Id}"),
            await shapes.ReadAsync($"/v1/checkout/sessions/{session.Id}?expand[]=line_items.data.price.currency_options"),
        ]);
    }

    [Theory]
    [InlineData("currency_options[xxx][unit_amount]=1", "Invalid currency: xxx.")]
    [InlineData("currency_options[eur][unit_amount]=-1", "This value must be greater than or equal to 0.")]
    [InlineData("currency_options[eur][custom_unit_amount][enabled]=true", "The local Stripe sandbox does not simulate `currency_options[eur]`.")]
    public async Task Wrong_currency_options_are_refused(string form, string message)
    {
        var error = await sandbox.PostRefusedAsync("/v1/prices", $"currency=usd&unit_amount=1000&product_data[name]=Mug&{form}");

        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_buyer_selects_the_currency_on_the_page()
    {
        var session = await CreateAsync(await PriceAsync());
        var page = await pages.OpenAsync();
        await page.GotoAsync(session.Url);
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$20.00");

        await page.SelectOptionAsync("#currency", "eur");

        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("€18.00");
        await Expect(page.GetByTestId("hosted-payment-submit-button")).ToContainTextAsync("Pay €18.00");
    }

    private async Task<string> LocalizeAsync(Session session, string currency) =>
        (string)(await sandbox.PostAsync($"{new Uri(session.Url).PathAndQuery}/currency", new { currency }))["result"]!;

    private Task<Price> PriceAsync(Action<PriceCreateOptions>? change = null)
    {
        var options = new PriceCreateOptions
        {
            Currency = "usd",
            UnitAmount = 1000,
            CurrencyOptions = new() { ["eur"] = new PriceCurrencyOptionsOptions { UnitAmount = 900 } },
            ProductData = new PriceProductDataOptions { Name = "Mug" },
        };
        change?.Invoke(options);
        return new PriceService(sandbox.Stripe).CreateAsync(options, cancellationToken: Cancellation);
    }

    private Task<Session> CreateAsync(Price price, Action<SessionCreateOptions>? change = null) => sandbox.CreateAsync(options =>
    {
        options.LineItems = [new SessionLineItemOptions { Price = price.Id, Quantity = 2 }];
        change?.Invoke(options);
    });
}
