using System.Text.Json;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>The result of <c>initiate_checkout</c>.</summary>
internal sealed record Sale(string SessionId, string CheckoutUrl, string Status, string PaymentStatus, long AmountTotal, string Currency, bool Livemode);

/// <summary>The result of <c>get_checkout</c>.</summary>
internal sealed record Checkout(
    string SessionId, string Status, string PaymentStatus, string OrderState, long AmountTotal, string Currency,
    IReadOnlyList<CheckoutStep> Timeline, CheckoutFulfillment Fulfillment)
{
    public IEnumerable<string> Steps => Timeline.Select(step => step.What);
}

internal sealed record CheckoutStep(string What);

internal sealed record CheckoutFulfillment(string Key, int Count);

/// <summary>The result of a tool call that failed.</summary>
internal sealed record ToolError(string Error, string Code, string? Param, string Severity);

/// <summary>An agent: the official C# client over HTTP.</summary>
internal sealed class Agent(McpClient client) : IAsyncDisposable
{
    // Without the test's own trace context: an agent that has none begins the trace at its tool call.
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });

    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The options of a client that waits for a slow service. Without them it takes a service that has not answered after five seconds for one of an earlier
    /// revision, whose handshake this one then refuses.
    /// </summary>
    public static McpClientOptions Patient => new() { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Agent> ConnectAsync(RunningApplication application) => new(await McpClient.CreateAsync(
        new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = application.McpEndpoint, TransportMode = HttpTransportMode.StreamableHttp }, s_http),
        Patient,
        cancellationToken: Cancellation));

    /// <summary>Sells two red mugs at 49.99.</summary>
    public async Task<Sale> SellAsync(string currency = "usd")
    {
        // Without a key of its own, the same sale a moment later would count as a repetition of the first. A repeated call is another sale: the result
        // and the trace are those of one call.
        var sale = await CallAsync<Sale>("initiate_checkout", () => Mugs(("currency", currency), ("idempotency_key", Guid.NewGuid().ToString())));
        Assert.Equal(("open", "unpaid", 9998L, currency, false), (sale.Status, sale.PaymentStatus, sale.AmountTotal, sale.Currency, sale.Livemode));
        return sale;
    }

    public Task<Checkout> GetAsync(string sessionId) => CallAsync<Checkout>("get_checkout", () => new() { ["session_id"] = sessionId });

    /// <summary>Calls <c>wait_for_payment</c> until the order is fulfilled, because the buyer may take longer than one call lasts.</summary>
    public Task<Checkout> WaitForPaymentAsync(string sessionId) => Eventually.GetAsync(
        () => CallAsync<Checkout>("wait_for_payment", () => new() { ["session_id"] = sessionId, ["timeout_seconds"] = 20 }),
        checkout => checkout.OrderState == "fulfilled",
        Cancellation,
        s_deadline);

    public Task<Checkout> WaitForAsync(string sessionId, string orderState) =>
        Eventually.GetAsync(() => GetAsync(sessionId), checkout => checkout.OrderState == orderState, Cancellation);

    public async Task<ToolError> FailAsync(string tool, Dictionary<string, object?> arguments)
    {
        var result = await CallAsync(tool, () => arguments);
        Assert.True(result.IsError is true, Text(result));
        return result.StructuredContent!.Value.Deserialize<ToolError>(Json)!;
    }

    public async Task<IEnumerable<string>> ToolNamesAsync() => (await client.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name);

    public ValueTask DisposeAsync() => client.DisposeAsync();

    /// <summary>The arguments that sell two red mugs, with some of them changed.</summary>
    public static Dictionary<string, object?> Mugs(params (string Name, object? Value)[] changes)
    {
        var arguments = new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["quantity"] = 2 };
        foreach (var (name, value) in changes)
        {
            arguments[name] = value;
        }

        return arguments;
    }

    /// <summary>
    /// Whether an agent repeats the call, because the error says after how many seconds: the ledger is unreachable for a moment on a machine that is slow for
    /// two seconds.
    /// </summary>
    public static bool MustRepeat(JsonElement content) => content.ValueKind is JsonValueKind.Object && content.TryGetProperty("retry_after", out _);

    private async Task<T> CallAsync<T>(string tool, Func<Dictionary<string, object?>> arguments)
    {
        var result = await CallAsync(tool, arguments);
        Assert.False(result.IsError is true, Text(result));
        return result.StructuredContent!.Value.Deserialize<T>(Json)!;
    }

    private Task<CallToolResult> CallAsync(string tool, Func<Dictionary<string, object?>> arguments) => Eventually.GetAsync(
        () => client.CallToolAsync(tool, arguments(), cancellationToken: Cancellation).AsTask(),
        result => !(result.IsError is true && MustRepeat(result.StructuredContent.GetValueOrDefault())),
        Cancellation);

    private static string Text(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
}
