using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Sells, replaces, pays and looks up, with the Stripe sandbox over HTTP.</summary>
[Collection(nameof(ReplacementShop))]
public abstract class ReplacementTest(ReplacementShop shop)
{
    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected ReplacementShop Shop => shop;

    /// <summary>Every checkout of a test has it, so that the test finds its own sessions at Stripe.</summary>
    private protected string Reference { get; } = "cart-" + Guid.NewGuid().ToString("N");

    private protected SessionService Sessions => new(new StripeClient(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = shop.Sandbox.ApiBase }));

    private protected OrderLedger Ledger => shop.Factory.Services.GetRequiredService<OrderLedger>();

    private protected static string Id(JsonElement checkout) => Text(checkout, "session_id");

    private protected static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString()! : throw new KeyNotFoundException($"{name} is missing: {json.GetRawText()}");

    private protected async Task<Order> OrderAsync(JsonElement checkout) => (await Ledger.FindAsync(Id(checkout)))!;

    private protected Task<Session> SessionAsync(string id) => Sessions.GetAsync(id, cancellationToken: Cancellation);

    private protected async Task<List<Session>> OwnSessionsAsync(string? reference = null) =>
    [
        .. (await Sessions.ListAsync(new SessionListOptions { Limit = 100 }, cancellationToken: Cancellation))
            .Where(session => session.ClientReferenceId == (reference ?? Reference)),
    ];

    private protected async Task<long> LeftAsync() =>
        (await ToolAsync("list_products", new() { ["product_id"] = Shop.Counted })).GetProperty("products")[0].GetProperty("left").GetInt64();

    private protected Task<JsonElement> GetAsync(string id) => ToolAsync("get_checkout", new() { ["session_id"] = id });

    private protected Task<JsonElement> SellAsync(params (string Name, object? Value)[] more) => CallAsync(
        [("product_name", "Red mug"), ("price_cents", 4999), ("client_reference_id", Reference), ("idempotency_key", Guid.NewGuid().ToString()), .. more]);

    private protected async Task<JsonElement> CallAsync(params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(arguments);
        Assert.False(result.TryGetProperty("code", out _), result.GetRawText());
        return result;
    }

    private protected async Task<JsonElement> ErrorAsync(params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(arguments);
        Assert.True(result.TryGetProperty("code", out _), result.GetRawText());
        return result;
    }

    private protected Task<JsonElement> TryAsync(params (string Name, object? Value)[] arguments) => TryAsync(Shop.Client, arguments);

    private protected static async Task<JsonElement> TryAsync(McpClient client, params (string Name, object? Value)[] arguments)
    {
        Dictionary<string, object?> given = [];
        foreach (var (name, value) in arguments)
        {
            given[name] = value;
        }

        return Assert.NotNull((await client.CallToolAsync("initiate_checkout", given, cancellationToken: Cancellation)).StructuredContent);
    }

    private protected async Task<JsonElement> ToolAsync(string tool, Dictionary<string, object?> arguments)
    {
        var result = await Shop.Client.CallToolAsync(tool, arguments, cancellationToken: Cancellation);
        var content = Assert.NotNull(result.StructuredContent);
        Assert.False(result.IsError is true, content.GetRawText());
        return content;
    }

    private protected async Task PayAsync(string id) => Assert.True(await TryPayAsync(id));

    private protected async Task<bool> TryPayAsync(string id)
    {
        using var response = await Shop.Buyer.PostAsJsonAsync(new Uri(Shop.Sandbox.Address, $"/sandbox/sessions/{id}/pay"), new { }, Cancellation);
        return response.IsSuccessStatusCode;
    }

    private protected async Task FaultAsync(string kind, string path)
    {
        using var response = await Shop.Buyer.PostAsJsonAsync(new Uri(Shop.Sandbox.Address, "/sandbox/faults"), new { kind, path, method = "POST" }, Cancellation);
        Assert.True(response.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{response.StatusCode}"));
    }
}
