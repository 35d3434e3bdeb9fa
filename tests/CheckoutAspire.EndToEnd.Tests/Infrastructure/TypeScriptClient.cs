using System.Text.Json;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>Calls tools by the official TypeScript client, which most agents are built on.</summary>
internal static class TypeScriptClient
{
    // npx puts the packages' commands on the PATH. CommonJS finds the packages next to them by NODE_PATH.
    private const string Script = """NODE_PATH="$(dirname "$(dirname "$(command -v node)")")" node "$CALL_SCRIPT" "$CALL_ENDPOINT" "$CALL_TOOL" "$CALL_ARGUMENTS" """;

    private static readonly string[] s_npx = ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/sdk@1.32.2", "-c", Script];

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A tool call in a process of its own, which is repeated if the error asks for it.</summary>
    public static Task<JsonElement> CallAsync(RunningApplication application, string tool, object arguments) => Eventually.GetAsync(
        () => CallOnceAsync(application, tool, arguments),
        result => !(result.TryGetProperty("structuredContent", out var content) && Agent.MustRepeat(content)),
        Cancellation,
        s_deadline);

    /// <summary>Sells, and fails with the answer if nothing was sold.</summary>
    public static async Task<Sale> SellAsync(RunningApplication application, object arguments)
    {
        var sold = await CallAsync(application, "initiate_checkout", arguments);
        Assert.False(sold.TryGetProperty("isError", out var isError) && isError.GetBoolean(), sold.ToString());
        return sold.GetProperty("structuredContent").Deserialize<Sale>(Agent.Json)!;
    }

    /// <summary>Calls <c>wait_for_payment</c> until the order is fulfilled, because the buyer may take longer than one call lasts.</summary>
    public static Task<Checkout> WaitAsync(RunningApplication application, string sessionId) => Eventually.GetAsync(
        async () => (await CallAsync(application, "wait_for_payment", new { session_id = sessionId, timeout_seconds = 20 }))
            .GetProperty("structuredContent").Deserialize<Checkout>(Agent.Json)!,
        answer => answer.OrderState == "fulfilled",
        Cancellation,
        s_deadline);

    private static async Task<JsonElement> CallOnceAsync(RunningApplication application, string tool, object arguments)
    {
        if (!ChildProcess.IsOnPath("npx"))
        {
            Assert.Skip("npx is not on the PATH: install Node.js to run the TypeScript client.");
        }

        var result = await ChildProcess.RunAsync("npx", s_npx, Cancellation, new Dictionary<string, string>
        {
            ["CALL_SCRIPT"] = Path.Combine(AppContext.BaseDirectory, "Clients", "call.cjs"),
            ["CALL_ENDPOINT"] = application.McpEndpoint.ToString(),
            ["CALL_TOOL"] = tool,
            ["CALL_ARGUMENTS"] = JsonSerializer.Serialize(arguments),
        });
        return JsonElement.Parse(result.Required);
    }
}
