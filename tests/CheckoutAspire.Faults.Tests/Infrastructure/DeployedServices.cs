using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Faults.Tests.Hostile;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>
/// All services with the Redis users of <c>deploy/redis/users.acl</c>: they sell, fulfill, archive, refund and answer an operator, and Redis has to deny nothing.
/// </summary>
internal sealed class DeployedServices : IAsyncDisposable
{
    private const int Sales = 20;

    // The checkout that was replaced, and the one that replaced it and was canceled.
    private const int Expired = 2;

    // The password of the tests takes the place of a digest.
    private const string Password = "deployed";

    private readonly HttpClient _http = new();
    private Installation? _at;
    private RawClient? _agent;
    private ServiceUnderFault? _operations;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Installation At => _at!;

    /// <summary>Runs all of it once.</summary>
    /// <returns>What Redis has denied, for example <c>receiver: command hgetall</c>.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        _at = await Installation.StartAsync(
            hasReplica: false,
            archiveAfter: TimeSpan.FromSeconds(0.2),
            ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("Alerts__Interval", "00:00:00.2"),
            ("FULFILLMENT_EVENTS", "all"));
        await CreateUsersAsync();
        var services = await StartAsync();

        var sold = await SellAsync(services[0].Address);
        await OperateAsync(sold[0]);
        await At.AwaitAsync(At.CountArchivedAsync, count => count == Sales + Expired);
        await RefundAsync(sold[0]);

        foreach (var service in services)
        {
            await service.TerminateAsync();
        }

        var log = (RedisResult[])(await At.Database.ExecuteAsync("ACL", "LOG"))!;
        return [.. log.Select(entry => entry.ToDictionary()).Select(entry => $"{entry["username"]}: {entry["reason"]} {entry["object"]}").Distinct()];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _agent?.Dispose();
        if (_at is not null)
        {
            await _at.DisposeAsync();
        }
    }

    private async Task CreateUsersAsync()
    {
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "deploy", "redis", "users.acl"), Cancellation))
        {
            // user checkout on #CHECKOUT_SHA256 resetchannels &co:* …
            if (line.Split(' ') is ["user", ("checkout" or "receiver") and var name, "on", _, .. var rules])
            {
                await At.Database.ExecuteAsync("ACL", ["SETUSER", name, "on", ">" + Password, .. rules]);
            }
        }
    }

    private async Task<ServiceUnderFault[]> StartAsync()
    {
        var receiver = await At.StartAsync(Installation.Receiver, As("receiver"));
        var sandbox = await At.StartAsync(HostileRequests.Sandbox, ("SANDBOX_WEBHOOK_URL", new Uri(receiver.Address, "webhook/stripe").ToString()));
        (string, string)[] settings = [As("checkout"), ("STRIPE_API_BASE", sandbox.Address.GetLeftPart(UriPartial.Authority))];
        var others = await Task.WhenAll(
            At.StartAsync(HostileRequests.McpApi, settings), At.StartAsync(Installation.Worker, settings), At.StartAsync(Installation.Operations, settings));
        _http.BaseAddress = sandbox.Address;
        _operations = others[2];
        return [.. others, receiver];
    }

    private (string, string) As(string user) => (
        "ConnectionStrings__redis",
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{At.Redis.Port},user={user},password={Password},tiebreaker=,configChannel="));

    /// <summary>Sells, pays, and waits until the merchant has delivered all.</summary>
    private async Task<string[]> SellAsync(Uri mcpApi)
    {
        _agent = new RawClient(mcpApi);
        var sold = await Task.WhenAll(Enumerable.Range(0, Sales).Select(async number =>
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"sale-{number}");
            return IdOf(await CallAsync("initiate_checkout", new { product_name = "Red mug", price_cents = 4999, idempotency_key = key }));
        }));
        var replaced = IdOf(await CallAsync("initiate_checkout", new { product_name = "Blue mug", price_cents = 4999, client_reference_id = "cart" }));
        var replacing = IdOf(await CallAsync("initiate_checkout", new { replaces = replaced, quantity = 2 }));
        await CallAsync("cancel_checkout", new { session_id = replacing });
        await CallAsync("list_products", new { });
        await CallAsync("list_checkouts", new { });
        var waiting = CallAsync("wait_for_payment", new { session_id = sold[0], timeout_seconds = 60 });

        foreach (var id in sold)
        {
            using var response = await _http.PostAsync($"/sandbox/sessions/{id}/pay", content: null, Cancellation);
            response.EnsureSuccessStatusCode();
        }

        Assert.Equal("fulfilled", (await waiting).GetProperty("order_state").GetString());
        await At.AwaitAsync(() => Task.FromResult(At.Merchant.Audit.Select(entry => entry.Call.Key).Distinct().Count()), keys => keys >= Sales);
        return sold;
    }

    /// <summary>Uses the operators' API: lists, searches, decisions, actions in the background, the state of the system, an alert.</summary>
    private async Task OperateAsync(string sold)
    {
        await At.Ledger.Events.DeadLetterAsync(At.Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        foreach (var path in new[] { "owed", "needs_review", "orders", "orders?format=csv", "dead", "handlers", "bulk", "orders/" + sold, "buyers/export?principal=anonymous&buyer_ref=b" })
        {
            await OpsAsync(path);
        }

        await OpsAsync("find", new { text = sold });
        await OpsAsync("handlers/merchant_webhook/pause", new { reason = "Ann: stocktaking" });
        await At.AwaitAsync(() => OpsAsync("status?hours=6"), status => status["status"]!["alerts"]!.ToJsonString().Contains("handler_paused", StringComparison.Ordinal));
        await OpsAsync("handlers/merchant_webhook/resume", new { reason = "Ann: done" });
        await OpsAsync($"orders/{sold}/reread", new { reason = "Ann: what does Stripe say?" });
        var job = (string)(await OpsAsync("dead/all/dismiss", new { reason = "Ann: no JSON" }))["id"]!;
        await At.AwaitAsync(() => OpsAsync("bulk/" + job), state => state["ended_at"] is not null);

        // The page protects its form by a key that Redis keeps.
        using var signIn = await _http.GetAsync(new Uri(_operations!.Address, "/sign-in"), Cancellation);
        Assert.True(signIn.Headers.Contains("Set-Cookie"));
    }

    /// <summary>Refunds an archived order, whose event brings it back.</summary>
    private async Task RefundAsync(string sold)
    {
        await OpsAsync($"orders/{sold}/refund", new { idempotency_key = "r-1", why = "Ann: damaged", amount = 100 });
        await At.AwaitAsync(() => At.FindAsync(sold), order => order?.AmountRefunded == 100);
        await At.AwaitAsync(At.CountArchivedAsync, count => count == Sales + Expired);
    }

    private async Task<JsonNode> OpsAsync(string path, object? body = null)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(_operations!.Address, "/ops/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Installation.OpsToken);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await _http.SendAsync(request, Cancellation);
        var answer = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {answer}");
        return response.Content.Headers.ContentType?.MediaType == "text/csv" ? new JsonObject() : JsonNode.Parse(answer)!;
    }

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        var result = await _agent!.CallAsync(tool, JsonSerializer.SerializeToElement(arguments).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value));
        Assert.False(result.TryGetProperty("isError", out var isError) && isError.GetBoolean(), result.GetRawText());
        return result.GetProperty("structuredContent");
    }

    private static string IdOf(JsonElement checkout) => checkout.GetProperty("session_id").GetString()!;
}
