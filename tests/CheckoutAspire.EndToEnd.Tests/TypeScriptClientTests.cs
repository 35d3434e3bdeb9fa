using System.Diagnostics;
using System.Text.Json;
using CheckoutAspire.AppHost.LocalHost;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The same sale by the official TypeScript client, which most agents are built on.</summary>
public sealed class TypeScriptClientTests(Shop shop, Browser browser)
{
    // npx puts the packages' commands on the PATH; CommonJS finds the packages beside them by NODE_PATH.
    private const string Script = """NODE_PATH="$(dirname "$(dirname "$(command -v node)")")" node "$CALL_SCRIPT" "$CALL_ENDPOINT" "$CALL_TOOL" "$CALL_ARGUMENTS" """;

    private static readonly string[] s_npx = ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/sdk@1.32.2", "-c", Script];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_TypeScript_client_sells_a_mug_and_sees_it_fulfilled()
    {
        var sold = await CallAsync("initiate_checkout", new { product_name = "Red mug", price_cents = 4999, quantity = 2 });
        var sale = sold.GetProperty("structuredContent").Deserialize<Sale>(Agent.Json)!;
        await using var buyer = await browser.OpenAsync(sale.CheckoutUrl);

        var waiting = WaitAsync(sale.SessionId);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        var checkout = await waiting;
        Assert.Equal((9998L, 1), (checkout.AmountTotal, checkout.Fulfillment.Count));
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task The_TypeScript_client_is_told_what_is_wrong()
    {
        var refused = await CallAsync("initiate_checkout", new { product_name = "Red mug", price_cents = 0 });

        Assert.True(refused.GetProperty("isError").GetBoolean());
        Assert.Equal("price_cents", refused.GetProperty("structuredContent").GetProperty("param").GetString());
    }

    /// <summary>Waits as an agent does: again, when the buyer takes longer than one call lasts.</summary>
    private Task<Checkout> WaitAsync(string sessionId) => Eventually.GetAsync(
        async () => (await CallAsync("wait_for_payment", new { session_id = sessionId, timeout_seconds = 20 }))
            .GetProperty("structuredContent").Deserialize<Checkout>(Agent.Json)!,
        answer => answer.OrderState == "fulfilled",
        Cancellation,
        s_patience);

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        if (UnixProcess.FindOnPath("npx") is null)
        {
            Assert.Skip("npx is not on the PATH: install Node.js to run the TypeScript client.");
        }

        using var process = Process.Start(new ProcessStartInfo("npx", s_npx)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["CALL_SCRIPT"] = Path.Combine(AppContext.BaseDirectory, "Clients", "call.cjs"),
                ["CALL_ENDPOINT"] = shop.Topology.McpEndpoint,
                ["CALL_TOOL"] = tool,
                ["CALL_ARGUMENTS"] = JsonSerializer.Serialize(arguments),
            },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await error + await output);
        return JsonElement.Parse(await output);
    }
}
