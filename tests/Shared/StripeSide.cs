using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.TestKit;

/// <summary>Stripe's side of a sale: the sandbox, without a webhook endpoint. Compiled into each test project that uses it.</summary>
internal sealed class StripeSide : IAsyncDisposable
{
    private readonly SandboxServer _sandbox = new();
    private readonly HttpClient _buyer = new();
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public string Address => _sandbox.ApiBase;

    public StripeClient Client => new(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = Address });

    private SessionService Sessions => new(Client);

    /// <summary>A session as the tool creates it.</summary>
    public Task<Session> SellAsync(
        string deployment = "local", Dictionary<string, string>? more = null, Action<SessionCreateOptions>? change = null)
    {
        var options = new SessionCreateOptions
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
                [CheckoutMetadata.Seal] = Seal(),
                [CheckoutMetadata.Source] = CheckoutMetadata.SourceValue,
                [CheckoutMetadata.Deployment] = deployment,
                [CheckoutMetadata.OrderRef] = "ref_1",
                [CheckoutMetadata.ProductId] = "mug",
            },
        };
        options.PaymentIntentData = new() { Metadata = options.Metadata };
        change?.Invoke(options);
        return Sessions.CreateAsync(options, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>A session that is paid by a bank debit, which is still processing.</summary>
    public async Task<Session> SellByDebitAsync()
    {
        var session = await SellAsync(change: options =>
        {
            options.AllowedPaymentMethodTypes = ["sepa_debit"];
            options.LineItems[0].PriceData.Currency = "eur";
        });
        await ControlAsync($"sessions/{session.Id}/pay");
        return await GetAsync(session.Id);
    }

    /// <summary>A subscription whose first month is paid.</summary>
    public async Task<Session> SubscribeAsync()
    {
        var session = await SellAsync(change: options =>
        {
            options.Mode = "subscription";
            options.PaymentIntentData = null;
            options.SubscriptionData = new() { Metadata = options.Metadata };
            options.LineItems[0].PriceData.Recurring = new() { Interval = "month" };
        });
        await ControlAsync($"sessions/{session.Id}/pay");
        return await GetAsync(session.Id);
    }

    /// <summary>The events of a type that were not read before, oldest first.</summary>
    public async Task<IReadOnlyList<JsonObject>> TakeEventsAsync(params string[] types)
    {
        var list = await Client.RawRequestAsync(
            HttpMethod.Get, "/v1/events?limit=100" + string.Concat(types.Select((type, at) => $"&types[{at}]={type}")),
            cancellationToken: TestContext.Current.CancellationToken);
        return [.. JsonNode.Parse(list.Content)!["data"]!.AsArray().Select(found => found!.AsObject()).Reverse().Where(found => _taken.Add((string)found["id"]!))];
    }

    /// <summary>Uses one of the sandbox's controls, for example <c>sessions/cs_…/refund</c>.</summary>
    public async Task ControlAsync(string path) => (await _buyer.PostAsync(
        new Uri($"{Address}/sandbox/{path}"), content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    /// <summary>Adds a fault, for example <c>new { kind = "event_lost", event_type = "*" }</c>.</summary>
    public async Task AddFaultAsync(object fault) => (await _buyer.PostAsJsonAsync(
        new Uri($"{Address}/sandbox/faults"), fault, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    public async Task ClearFaultsAsync() => (await _buyer.DeleteAsync(
        new Uri($"{Address}/sandbox/faults"), TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    private static string Seal() => StripeSecretKey.TryParse(StripeSecretKey.Sandbox, out var key, out var error)
        ? SaleSeal.Of(key, "ref_1", "", 9998, "usd", [new SealedLine(PriceId: null, Quantity: 2, UnitAmount: 4999)])
        : throw new InvalidOperationException(error);

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
