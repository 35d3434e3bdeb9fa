using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Stripe's side of a sale: the sandbox, which tells no webhook of anything.</summary>
internal sealed class StripeSide : IAsyncDisposable
{
    private readonly SandboxServer _sandbox = new();
    private readonly HttpClient _buyer = new();

    public string Address => _sandbox.ApiBase;

    private SessionService Sessions => new(new StripeClient(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = Address }));

    /// <summary>A session as the tool makes it.</summary>
    public Task<Session> SellAsync(string deployment = "local", Dictionary<string, string>? more = null) => Sessions.CreateAsync(
        new SessionCreateOptions
        {
            Mode = "payment",
            SuccessUrl = "http://localhost/success",
            LineItems =
            [
                new()
                {
                    Quantity = 2,
                    PriceData = new() { Currency = "usd", UnitAmount = 4999, ProductData = new() { Name = "Red mug" } },
                },
            ],
            Metadata = new(more ?? [])
            {
                [CheckoutMetadata.Source] = CheckoutMetadata.SourceValue,
                [CheckoutMetadata.Deployment] = deployment,
                [CheckoutMetadata.OrderRef] = "ref_1",
                [CheckoutMetadata.ProductId] = "mug",
            },
        },
        cancellationToken: TestContext.Current.CancellationToken);

    public async Task<Session> SellAndPayAsync(string deployment = "local", Dictionary<string, string>? more = null)
    {
        var session = await SellAsync(deployment, more);
        var response = await _buyer.PostAsJsonAsync(
            session.Url,
            new
            {
                method = "card",
                email = "buyer@example.com",
                cardNumber = "4242424242424242",
                cardExpiry = "12/34",
                cardCvc = "123",
                billingName = "Ann Buyer",
                billingCountry = "DE",
                billingPostalCode = "10115",
            },
            TestContext.Current.CancellationToken);
        Assert.Equal("redirect", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["result"]);
        return await GetAsync(session.Id);
    }

    public Task<Session> GetAsync(string id) => Sessions.GetAsync(id, cancellationToken: TestContext.Current.CancellationToken);

    public Task<Session> ExpireAsync(string id) => Sessions.ExpireAsync(id, cancellationToken: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _buyer.Dispose();
        await _sandbox.DisposeAsync();
    }
}
