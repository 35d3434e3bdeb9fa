using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>A platform that knows only the address of this shop buys by the Universal Commerce Protocol: it reads the profile and sends plain HTTP.</summary>
public sealed class UcpSaleTests(Shop shop, Browser browser) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_platform_discovers_the_shop_and_its_buyer_s_order_is_fulfilled()
    {
        var profile = await _http.GetFromJsonAsync<JsonElement>(new Uri(shop.McpApi, "/.well-known/ucp"), Cancellation);
        var endpoint = profile.GetProperty("ucp").GetProperty("services").GetProperty("dev.ucp.shopping")[0].GetProperty("endpoint").GetString()!;
        var mug = await CreatePriceAsync("Red mug", 4999);
        var tea = await CreatePriceAsync("Tea", 700);

        var created = await CallAsync(endpoint, "create_checkout", new JsonObject
        {
            ["checkout"] = new JsonObject { ["line_items"] = new JsonArray(Line(mug, 2), Line(tea, 1)) },
        });
        var id = created.GetProperty("id").GetString()!;
        var escalated = await CallAsync(endpoint, "complete_checkout", new JsonObject { ["id"] = id, ["checkout"] = new JsonObject() });
        await using var buyer = await Buyer.OpenAsync(browser, escalated.GetProperty("continue_url").GetString()!);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        var completed = await Eventually.GetAsync(
            () => CallAsync(endpoint, "get_checkout", new JsonObject { ["id"] = id }),
            checkout => checkout.GetProperty("status").ValueEquals("completed"),
            Cancellation);
        var orderId = completed.GetProperty("order").GetProperty("id").GetString()!;
        var order = await Eventually.GetAsync(
            () => CallAsync(endpoint, "get_order", new JsonObject { ["id"] = orderId }),
            found => found.GetProperty("line_items")[0].GetProperty("status").ValueEquals("fulfilled"),
            Cancellation);
        Assert.Equal(["Red mug 2", "Tea 1"], order.GetProperty("line_items").EnumerateArray().Select(line =>
            $"{line.GetProperty("item").GetProperty("title")} {line.GetProperty("quantity").GetProperty("fulfilled")}"));
        Assert.Equal(10698, order.GetProperty("totals").EnumerateArray().Last().GetProperty("amount").GetInt64());
        await shop.AssertFulfilledOnceAsync(order.GetProperty("permalink_url").GetString()!.Split('=')[1]);
    }

    private static JsonObject Line(string priceId, int quantity) =>
        new() { ["item"] = new JsonObject { ["id"] = priceId }, ["quantity"] = quantity };

    private async Task<string> CreatePriceAsync(string name, long amount)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shop.StripeSandbox, "/v1/prices"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["currency"] = "usd",
                ["unit_amount"] = amount.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["product_data[name]"] = name,
            }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningApplication.StripeKey);
        using var response = await _http.SendAsync(request, Cancellation);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").GetString()!;
    }

    /// <summary>Calls a tool, and again if the error asks for it.</summary>
    private async Task<JsonElement> CallAsync(string endpoint, string tool, JsonObject arguments) => (await Eventually.GetAsync(
        () => CallOnceAsync(endpoint, tool, arguments.DeepClone().AsObject()),
        answer => !(answer.TryGetProperty("error", out var error) && error.TryGetProperty("data", out var data) && Agent.MustRepeat(data)),
        Cancellation)).GetProperty("result").GetProperty("structuredContent");

    private async Task<JsonElement> CallOnceAsync(string endpoint, string tool, JsonObject arguments)
    {
        arguments["meta"] = new JsonObject
        {
            ["ucp-agent"] = new JsonObject { ["profile"] = "https://platform.example/.well-known/ucp" },
            ["idempotency-key"] = Guid.NewGuid().ToString(),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = 1,
                ["method"] = "tools/call",
                ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments },
            }),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await _http.SendAsync(request, Cancellation);

        // event: message
        // data: {"result":{…},"id":1,"jsonrpc":"2.0"}
        var body = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancellation);
        var data = Assert.Single(body.Split('\n'), line => line.StartsWith("data:", StringComparison.Ordinal));
        using var answer = JsonDocument.Parse(data["data:".Length..]);
        return answer.RootElement.Clone();
    }
}
