using System.Text.Json;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The sale by the official TypeScript client, which most agents are built on.</summary>
public sealed class TypeScriptClientTests(Shop shop, Browser browser)
{
    // npx puts the packages' commands on the PATH. CommonJS finds the packages next to them by NODE_PATH.
    private const string Script = """NODE_PATH="$(dirname "$(dirname "$(command -v node)")")" node "$CALL_SCRIPT" "$CALL_ENDPOINT" "$CALL_TOOL" "$CALL_ARGUMENTS" """;

    private static readonly string[] s_npx = ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/sdk@1.32.2", "-c", Script];

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_TypeScript_client_sells_a_mug_and_sees_it_fulfilled()
    {
        var sold = await CallAsync("initiate_checkout", new { product_name = "Red mug", price_cents = 4999, quantity = 2 });
        var sale = sold.GetProperty("structuredContent").Deserialize<Sale>(Agent.Json)!;
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);

        var waiting = WaitAsync(sale.SessionId);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        var checkout = await waiting;
        Assert.Equal((9998L, 1), (checkout.AmountTotal, checkout.Fulfillment.Count));
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task The_TypeScript_client_receives_the_name_of_a_wrong_argument()
    {
        var refused = await CallAsync("initiate_checkout", new { product_name = "Red mug", price_cents = 0 });

        Assert.True(refused.GetProperty("isError").GetBoolean());
        Assert.Equal("price_cents", refused.GetProperty("structuredContent").GetProperty("param").GetString());
    }

    /// <summary>Calls <c>wait_for_payment</c> until the order is fulfilled, because the buyer may take longer than one call lasts.</summary>
    private Task<Checkout> WaitAsync(string sessionId) => Eventually.GetAsync(
        async () => (await CallAsync("wait_for_payment", new { session_id = sessionId, timeout_seconds = 20 }))
            .GetProperty("structuredContent").Deserialize<Checkout>(Agent.Json)!,
        answer => answer.OrderState == "fulfilled",
        Cancellation,
        s_deadline);

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        if (!ChildProcess.IsOnPath("npx"))
        {
            Assert.Skip("npx is not on the PATH: install Node.js to run the TypeScript client.");
        }

        var result = await ChildProcess.RunAsync("npx", s_npx, Cancellation, new Dictionary<string, string>
        {
            ["CALL_SCRIPT"] = Path.Combine(AppContext.BaseDirectory, "Clients", "call.cjs"),
            ["CALL_ENDPOINT"] = shop.McpEndpoint.ToString(),
            ["CALL_TOOL"] = tool,
            ["CALL_ARGUMENTS"] = JsonSerializer.Serialize(arguments),
        });
        return JsonElement.Parse(result.Required);
    }
}
