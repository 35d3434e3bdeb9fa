using System.Text.Json;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The sale by the MCP Inspector, which runs the official TypeScript client from a command line.</summary>
public sealed class InspectorTests(Shop shop, Browser browser)
{
    // The Inspector needs a newer Node.js than distributions carry. The node package brings it.
    private static readonly string[] s_inspector =
        ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/inspector@2.12.0", "mcp-inspector", "--cli"];

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("legacy")]
    [InlineData("modern")]
    public async Task The_Inspector_sells_and_sees_the_order_fulfilled(string era)
    {
        if (!ChildProcess.IsOnPath("npx"))
        {
            Assert.Skip("npx is not on the PATH: install Node.js to run the Inspector.");
        }

        var sale = await CallAsync<Sale>(era, "initiate_checkout", () => ["product_name=Red mug", "price_cents=4999", "quantity=2", $"idempotency_key={Guid.NewGuid()}"]);
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);

        // The buyer may take longer than one call lasts.
        var waiting = Eventually.GetAsync(
            () => CallAsync<Checkout>(era, "wait_for_payment", () => [$"session_id={sale.SessionId}", "timeout_seconds=20"]),
            answer => answer.OrderState == "fulfilled",
            Cancellation,
            s_deadline);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        var checkout = await waiting;
        Assert.Equal((9998L, 1), (checkout.AmountTotal, checkout.Fulfillment.Count));
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    /// <summary>Calls a tool, and again if the error asks for it.</summary>
    private async Task<T> CallAsync<T>(string era, string tool, Func<string[]> arguments) => (await Eventually.GetAsync(
        () => CallOnceAsync(era, tool, arguments()), content => !Agent.MustRepeat(content), Cancellation, s_deadline)).Deserialize<T>(Agent.Json)!;

    private async Task<JsonElement> CallOnceAsync(string era, string tool, string[] arguments)
    {
        string[] command =
        [
            .. s_inspector, shop.McpEndpoint.ToString(), "--transport", "http", "--protocol-era", era,
            "--method", "tools/call", "--tool-name", tool, .. arguments.SelectMany(argument => new[] { "--tool-arg", argument }),
        ];
        var result = await ChildProcess.RunAsync("npx", command, Cancellation);

        // The Inspector prints the result of a failed call too.
        return result.Output.StartsWith('{') ? JsonElement.Parse(result.Output).GetProperty("structuredContent") : JsonElement.Parse(result.Required);
    }
}
