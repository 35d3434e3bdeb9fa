using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The AppHost as a process that users start and stop, and use by Aspire's official CLI.</summary>
[Collection(nameof(AppHostProcess))]
public sealed partial class AppHostProcessTests(AppHostProcess application)
{
    private static readonly TimeSpan s_stopDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_witnessDeadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_cli_lists_the_running_AppHost()
    {
        var listed = await application.Cli.ReadJsonAsync("ps", "--format", "Json");

        var appHost = Assert.Single(listed.EnumerateArray());
        Assert.EndsWith("CheckoutAspire.AppHost.csproj", appHost.GetProperty("appHostPath").GetString(), StringComparison.Ordinal);
        Assert.Equal("running", appHost.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_cli_lists_the_tools_of_the_MCP_API()
    {
        await using var agent = await Agent.ConnectAsync(application);

        var listed = await application.Cli.ReadJsonAsync("mcp", "tools", "--format", "Json");

        Assert.Equal(
            (await agent.ToolNamesAsync()).Order(StringComparer.Ordinal).Select(name => ("mcpapi", name)),
            listed.EnumerateArray().Select(tool => (tool.GetProperty("resource").GetString()!, tool.GetProperty("tool").GetString()!)).Order());
    }

    [Fact]
    public async Task The_cli_sells_pays_and_reads_what_is_owed()
    {
        await using var agent = await Agent.ConnectAsync(application);

        var sold = await application.Cli.CallAsync(() =>
            ["mcp", "call", "mcpapi", "initiate_checkout", "--input", JsonSerializer.Serialize(Agent.Mugs(("idempotency_key", Guid.NewGuid().ToString())))]);
        var sale = AspireCli.Json(sold).Deserialize<Sale>(Agent.Json)!;
        var paid = await application.Cli.ReadJsonAsync("resource", "stripe-sandbox", "pay-newest");

        Assert.Equal(sale.SessionId, paid.GetProperty("id").GetString());
        await agent.WaitForAsync(sale.SessionId, "fulfilled");
        await application.AssertFulfilledOnceAsync(sale.SessionId);
        Assert.Empty((await application.Cli.ReadJsonAsync("resource", "operations", "owed")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task The_cli_finds_and_explains_a_held_order_and_approves_what_is_not_paid_by_two_commands_only()
    {
        await using var agent = await Agent.ConnectAsync(application);
        var id = (await agent.SellAsync()).SessionId;
        await application.Ledger.Transitions.RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_cli", "needs_response", 9998));
        var number = (await application.Ledger.Orders.FindAsync(id))!.Number;

        var found = await application.Cli.ReadJsonAsync("resource", "operations", "find-order", "--text", number);
        Assert.Equal(id, Assert.Single(found.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        var explained = await application.Cli.ReadJsonAsync("resource", "operations", "explain-order", "--session_id", id);
        Assert.Equal("Held for review", explained.GetProperty("title").GetString());
        Assert.EndsWith("called initiate_checkout", explained.GetProperty("timeline")[0].GetProperty("what").GetString(), StringComparison.Ordinal);

        string[] approve = ["resource", "operations", "approve-order", "--session_id", id, "--reason", "Ann: a gift"];
        var refused = await application.Cli.RunAsync(approve);
        Assert.NotEqual(0, refused.ExitCode);
        var confirm = Confirmation().Match(refused.Output + refused.Error).Value;
        Assert.Equal(OrderFulfillment.Held, (await application.Ledger.Orders.FindAsync(id))!.Fulfillment);
        var approved = await application.Cli.ReadJsonAsync([.. approve, "--confirm", confirm]);

        Assert.Equal("approved", approved.GetProperty("outcome").GetString());
        await agent.WaitForAsync(id, "fulfilled");
    }

    [Fact]
    public async Task The_cli_rejects_refunds_compares_redrives_and_dismisses_and_pauses_and_resumes_a_handler()
    {
        var (paid, held) = (await SellAndPayAsync(), "");
        await using (var agent = await Agent.ConnectAsync(application))
        {
            held = (await agent.SellAsync()).SessionId;
            await agent.WaitForAsync(paid.SessionId, "fulfilled");
        }

        await application.Ledger.Transitions.RecordReturnAsync(held, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_rejected", "needs_response", 9998));
        var dead = application.Ledger.Partitions.All[0].Dead;
        var database = application.Ledger.Redis.GetDatabase();
        var letters = await Task.WhenAll(new[] { "HTTP 500", "HTTP 503" }.Select(status => DeadLetterAsync(paid.SessionId, $"The handler merchant_webhook failed ({status}).")));
        const string Reason = "Ann: by the CLI";
        string[] order = ["--session_id", paid.SessionId];

        // Each is about something of its own.
        var outcomes = await Task.WhenAll(
            OperateAsync("pause-handler", "--handler", "merchant_webhook", "--reason", Reason),
            OperateAsync("reject-order", "--session_id", held, "--reason", Reason),
            OperateAsync("refund-order", [.. order, "--idempotency_key", "cli-" + paid.SessionId, "--why", Reason, "--amount", "4999"]),
            OperateAsync("reread-order", [.. order, "--reason", Reason]),
            OperateAsync("dismiss-dead-letter", "--partition", "0", "--dead_letter_id", letters[0], "--reason", Reason),
            OperateAsync("redrive-dead-letters", "--matching", "http 503", "--reason", Reason));
        var handlers = new HandlerLedger(application.Ledger.Redis);
        var paused = Assert.Single(await handlers.ListAsync()).PausedBy;
        var resumed = await OperateAsync("resume-handler", "--handler", "merchant_webhook", "--reason", Reason);

        Assert.Equal(
            ["paused", "rejected", "reread", "dismissed", "resumed"],
            new[] { outcomes[0], outcomes[1], outcomes[3], outcomes[4], resumed }.Select(outcome => outcome.GetProperty("outcome").GetString()));
        Assert.Equal((4999, "redrive"), (outcomes[2].GetProperty("amount").GetInt64(), outcomes[5].GetProperty("action").GetString()));
        Assert.Equal((Reason, null), (paused, Assert.Single(await handlers.ListAsync()).PausedBy));
        Assert.Equal(OrderFulfillment.Rejected, (await application.Ledger.Orders.FindAsync(held))!.Fulfillment);
        await Eventually.GetAsync(
            () => application.Ledger.Orders.FindAsync(paid.SessionId),
            refunded => refunded is { AmountRefunded: 4999 } && refunded.Timeline.Any(step => step.What == "compared"),
            TestContext.Current.CancellationToken);
        await Eventually.GetAsync(() => database.StreamLengthAsync(dead), count => count == 0, TestContext.Current.CancellationToken);
        await application.AssertFulfilledOnceAsync(paid.SessionId);
    }

    [Fact]
    public async Task The_cli_sells_a_test_product_and_returns_the_payment_link()
    {
        var link = new Uri((await application.Cli.CallAsync(() => ["resource", "mcpapi", "sell-test-product"])).Required.Trim());

        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true });
        var (status, location) = await Eventually.GetAsync(
            async () =>
            {
                using var response = await http.GetAsync(link, TestContext.Current.CancellationToken);
                return (response.StatusCode, response.Headers.Location);
            },
            response => response.StatusCode is not HttpStatusCode.ServiceUnavailable,
            TestContext.Current.CancellationToken);

        Assert.StartsWith("/pay/", link.AbsolutePath, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Redirect, application.StripeSandbox.Authority), (status, location?.Authority));
    }

    [Fact]
    public async Task SIGTERM_leaves_no_process_and_the_next_run_continues_with_every_order()
    {
        var fulfilled = await SellAndPayAsync();
        await using (var agent = await Agent.ConnectAsync(application))
        {
            await agent.WaitForAsync(fulfilled.SessionId, "fulfilled");
        }

        // The payment link is deleted when the witness is written, after which nothing changes any more. The worker repeats a call of Stripe that failed after a
        // minute.
        var before = await Eventually.GetAsync(
            () => application.Ledger.Orders.FindAsync(fulfilled.SessionId),
            order => order?.CheckoutUrl is null,
            TestContext.Current.CancellationToken,
            s_witnessDeadline);
        var completed = Assert.Single(await application.Stripe.ListEventsAsync(fulfilled.SessionId));
        _ = (await application.Cli.RunAsync("resource", "worker", "stop")).Required;
        var owed = await SellAndPayAsync();
        var processes = application.ProcessIds;

        await application.TerminateAsync(s_stopDeadline);

        Assert.Equal(OperatingSystem.IsLinux(), processes.Count > 5);
        await application.StartAsync();
        Assert.Equal([HttpStatusCode.OK], await application.DeliverAsync(Encoding.UTF8.GetBytes(completed.ToJsonString())));
        await application.AssertFulfilledOnceAsync(fulfilled.SessionId);
        Assert.Equivalent(before, await application.Ledger.Orders.FindAsync(fulfilled.SessionId), strict: true);
        await using var next = await Agent.ConnectAsync(application);
        await next.WaitForAsync(owed.SessionId, "fulfilled");
        await application.AssertFulfilledOnceAsync(owed.SessionId);
    }

    [Theory]
    [InlineData("STRIPE_API_BASE is refused with a live key", "STRIPE_SECRET_KEY", "sk_live_x", "STRIPE_API_BASE", "http://localhost:5082")]
    [InlineData("STRIPE_WEBHOOK_SECRET is missing", "STRIPE_SECRET_KEY", "sk_test_x")]
    public async Task A_configuration_that_cannot_start_ends_with_one_sentence_and_exit_code_1(string sentence, params string[] settings)
    {
        var result = await application.RunToEndAsync([.. settings.Chunk(2).Select(setting => (setting[0], setting[1]))]);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(sentence, Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [GeneratedRegex("unpaid-[0-9a-f]{8}")]
    private static partial Regex Confirmation();

    private Task<JsonElement> OperateAsync(string command, params string[] arguments) => application.Cli.ReadJsonAsync(["resource", "operations", command, .. arguments]);

    /// <summary>A dead letter with a copy of an order's event.</summary>
    private async Task<string> DeadLetterAsync(string sessionId, string reason)
    {
        var body = Encoding.UTF8.GetBytes(Assert.Single(await application.Stripe.ListEventsAsync(sessionId)).ToJsonString());
        return (await application.Ledger.Redis.GetDatabase().StreamAddAsync(application.Ledger.Partitions.All[0].Dead,
        [
            new("id", "evt_" + Guid.NewGuid().ToString("N")), new("type", "checkout.session.completed"), new("object", sessionId), new("livemode", 0), new("traceparent", ""),
            new("received_at", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), new("body", body), new("attempts", 40), new("reason", reason),
        ])).ToString();
    }

    private async Task<Sale> SellAndPayAsync()
    {
        await using var agent = await Agent.ConnectAsync(application);
        var sale = await agent.SellAsync();
        _ = (await application.Cli.RunAsync("resource", "stripe-sandbox", "pay-newest")).Required;
        return sale;
    }
}
