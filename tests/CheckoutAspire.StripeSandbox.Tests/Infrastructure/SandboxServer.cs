using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.TestKit;

/// <content>The requests of the sandbox's own tests.</content>
public partial class SandboxServer
{
    public StripeClient Stripe => new(new StripeClientOptions { ApiKey = Key, ApiBase = ApiBase });

    public static SessionCreateOptions Mug(long unitAmount = 4999, string currency = "usd", Action<SessionCreateOptions>? change = null)
    {
        var options = new SessionCreateOptions
        {
            Mode = "payment",
            LineItems =
            [
                new SessionLineItemOptions
                {
                    PriceData = new SessionLineItemPriceDataOptions
                    {
                        Currency = currency,
                        UnitAmount = unitAmount,
                        ProductData = new SessionLineItemPriceDataProductDataOptions { Name = "Red mug" },
                    },
                    Quantity = 2,
                },
            ],
            SuccessUrl = "http://localhost/success?session_id={CHECKOUT_SESSION_ID}",
            CancelUrl = "http://localhost/cancel",
            Metadata = new() { ["product_id"] = "mug-1" },
        };
        change?.Invoke(options);
        return options;
    }

    public Task<Session> CreateAsync(Action<SessionCreateOptions>? change = null, string currency = "usd") =>
        new SessionService(Stripe).CreateAsync(Mug(currency: currency, change: change), cancellationToken: TestContext.Current.CancellationToken);

    public Task<Session> GetAsync(string id) =>
        new SessionService(Stripe).GetAsync(id, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>The types of all events so far, oldest first, without those of the catalog.</summary>
    public async Task<List<string>> EventTypesAsync()
    {
        var events = await new EventService(Stripe).ListAsync(
            new EventListOptions { Limit = 100 }, cancellationToken: TestContext.Current.CancellationToken);
        return [.. events.Data.Select(recorded => recorded.Type).Where(type => type is not ("product.created" or "price.created")).Reverse()];
    }

    /// <summary>Sends the page's form without a browser.</summary>
    public Task<JsonNode> PayAsync(Session session, object form) => PostAsync(new Uri(session.Url).PathAndQuery, form);

    /// <summary>Sends JSON as a page of the sandbox does.</summary>
    public async Task<JsonNode> PostAsync(string path, object body)
    {
        using var client = Anonymous();
        using var response = await client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    public Task<JsonNode> PayByCardAsync(Session session, string number = "4242424242424242") => PayAsync(
        session,
        new { method = "card", email = "buyer@example.com", cardNumber = number, cardExpiry = "12 / 34", cardCvc = "123", billingName = "Ada Buyer", billingCountry = "US", billingPostalCode = "10001" });

    /// <summary>Creates a subscription that makes the sandbox itself fail: it has no items to renew.</summary>
    public string BreakASubscription() => Services.GetRequiredService<SandboxStore>()
        .Transact(null, transaction => transaction.Save(new Subscription { Id = "sub_broken", Object = "subscription", Status = "active" })).Id;

    /// <summary>Posts a form that must be rejected, and returns the error.</summary>
    public async Task<JsonObject> PostRefusedAsync(string path, string form)
    {
        using var client = Authenticated();
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
        Assert.False(response.IsSuccessStatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!["error"]!.AsObject();
    }

    /// <summary>Posts a form that must be accepted, and returns the object.</summary>
    public async Task<JsonObject> PostFormAsync(string path, string form)
    {
        using var client = Authenticated();
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;
        Assert.True(response.IsSuccessStatusCode, body.ToJsonString());
        return body;
    }

    /// <summary>Pays by <c>sepa_debit</c> (with an IBAN) or <c>us_bank_account</c> (with an account number).</summary>
    public Task<JsonNode> PayByDebitAsync(Session session, string method, string account) => PayAsync(
        session,
        new { method, email = "buyer@example.com", iban = account, routingNumber = "110000000", accountNumber = account, billingName = "Ada Buyer" });

    public HttpClient Anonymous() => new() { BaseAddress = Address };

    public HttpClient Authenticated()
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return client;
    }
}
