using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Requests of the buyer's pages.</summary>
public abstract class OrderPageTest(RedisFixture redis) : McpApiTest(redis)
{
    private protected HttpClient Browser { get; } = new();

    public override async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static void AssertShows(string page, string state, string title)
    {
        Assert.Contains($"data-state=\"{state}\"", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{title}</h1>", page, StringComparison.Ordinal);
    }

    private protected static NewOrder Order(string id) =>
        LedgerKit.Sale(id) with { OrderRef = "ord_" + id, CheckoutUrl = "https://checkout.stripe.example/c/pay/" + id };

    private protected async Task SellInAsync(HttpContext context, string locale)
    {
        var form = (await context.Request.ReadFormAsync(Cancellation)).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        var session = Stripe.Session(form);
        session["locale"] = locale.Length == 0 ? null : JsonValue.Create(locale);
        Stripe.Add(session);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(session.ToJsonString(), Cancellation);
    }

    private protected Task ReturnAsync(string id, ReturnKind kind, string returned, string status, long amount) =>
        Factory.Services.GetRequiredService<OrderTransitions>()
            .RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(kind, returned, status, amount));

    private protected async Task<string> SellMugAsync() => (await SellAsync(("quantity", 2))).GetProperty("session_id").GetString()!;

    private protected async Task<string> GetAsync(string path)
    {
        using var response = await Browser.GetAsync(new Uri(Factory.Address, path), Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private protected async Task<string?> StateAsync(string id)
    {
        using var state = JsonDocument.Parse(await GetAsync($"/checkout/state?session_id={id}"));
        return state.RootElement.GetProperty("state").GetString();
    }
}
