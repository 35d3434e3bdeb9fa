using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using StackExchange.Redis;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The service, the sandbox as Stripe, a catalog with counted mugs, and a client, for all tests of <see cref="ReplaceCheckoutTests"/>.</summary>
public sealed class ReplacementShop(RedisFixture redis) : IAsyncLifetime
{
    private readonly string _catalog = Path.GetTempFileName();

    internal SandboxServer Sandbox { get; private set; } = null!;

    internal McpApiFactory Factory { get; private set; } = null!;

    internal McpClient Client { get; private set; } = null!;

    internal HttpClient Buyer { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true });

    internal string Mug { get; } = "mug-" + Guid.NewGuid().ToString("N");

    /// <summary>A product of which ten units are left. One test sells it.</summary>
    internal string Counted { get; } = "counted-" + Guid.NewGuid().ToString("N");

    internal IDatabase Database => redis.Server.Connection.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        await System.IO.File.WriteAllTextAsync(_catalog, $$"""
            {"products":[
              {"id":"{{Mug}}","name":"Red mug","price_cents":4999,"currency":"eur"},
              {"id":"{{Counted}}","name":"Blue mug","price_cents":4999,"currency":"eur","stock":10}]}
            """);
        Sandbox = new SandboxServer();
        Factory = new McpApiFactory(redis.Server.ConnectionString, Sandbox.ApiBase, builder => builder.UseSetting("CHECKOUT_CATALOG", _catalog));
        Client = await Factory.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Buyer.Dispose();
        await Client.DisposeAsync();
        await Factory.DisposeAsync();
        await Sandbox.DisposeAsync();
        System.IO.File.Delete(_catalog);
    }
}

/// <summary>Checkouts that are changed or extended: another checkout replaces them. With the Stripe sandbox over HTTP.</summary>
public sealed class ReplaceCheckoutTests(ReplacementShop shop) : IClassFixture<ReplacementShop>
{
    // Every checkout of a test has it, so that the test finds its own sessions at Stripe.
    private readonly string _reference = "cart-" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionService Sessions => new(new StripeClient(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = shop.Sandbox.ApiBase }));

    private OrderLedger Ledger => shop.Factory.Services.GetRequiredService<OrderLedger>();

    [Fact]
    public async Task A_checkout_with_another_quantity_replaces_the_open_one_which_takes_no_payment_any_more()
    {
        var old = await SellAsync(("locale", "de"), ("customer_email", "ada@example.com"), ("metadata", new[] { new { key = "color", value = "red" } }));

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 3));

        Assert.Equal(("open", 3 * 4999, Id(old)), (Text(changed, "status"), changed.GetProperty("amount_total").GetInt32(), Text(changed, "replaces")));
        Assert.False(changed.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(Text(old, "order_ref"), Text(changed, "order_ref"));
        Assert.Equal("expired", (await SessionAsync(Id(old))).Status);
        var session = await SessionAsync(Id(changed));
        Assert.Equal(
            ("open", "de", "ada@example.com", "red", _reference),
            (session.Status, session.Locale, session.CustomerEmail, session.Metadata["color"], session.ClientReferenceId));

        // Both say it, before Stripe's event has arrived.
        var (was, now) = (await GetAsync(Id(old)), await GetAsync(Id(changed)));
        Assert.Equal(("expired", Id(changed)), (Text(was, "status"), Text(was, "replaced_by")));
        Assert.False(was.TryGetProperty("checkout_url", out _));
        Assert.Equal(Id(old), Text(now, "replaces"));
        Assert.Equal(("replaced", Id(changed)), (await OrderAsync(old)).Timeline.Select(step => (step.What, step.Detail)).Last());
        var listed = (await ToolAsync("list_checkouts", new() { ["limit"] = 100 })).GetProperty("checkouts").EnumerateArray().Single(one => Id(one) == Id(old));
        Assert.Equal(("expired", Id(changed)), (Text(listed, "status"), Text(listed, "replaced_by")));
    }

    [Fact]
    public async Task A_waiting_call_returns_when_its_checkout_is_replaced()
    {
        var old = await SellAsync();
        var waiting = ToolAsync("wait_for_payment", new() { ["session_id"] = Id(old), ["timeout_seconds"] = 60 });

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        var answer = await waiting;
        Assert.Equal(Id(changed), Text(answer, "replaced_by"));
        Assert.False(answer.TryGetProperty("still_waiting", out _));
    }

    [Fact]
    public async Task The_link_that_the_buyer_has_leads_to_the_newest_checkout()
    {
        var first = await SellAsync();
        var second = await CallAsync(("replaces", Id(first)), ("quantity", 2));
        var third = await CallAsync(("replaces", Id(second)), ("quantity", 3));

        using var response = await shop.Buyer.GetAsync(new Uri(shop.Factory.Address, new Uri(Text(first, "checkout_url")).AbsolutePath), Cancellation);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal((await SessionAsync(Id(third))).Url, response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task An_expired_checkout_is_extended_with_the_same_lines()
    {
        var old = await SellAsync(("product_name", null), ("price_cents", null), ("product_id", shop.Mug), ("quantity", 2), ("caller_ref", "line-1"));
        await Sessions.ExpireAsync(Id(old), cancellationToken: Cancellation);
        await shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Expired, currency: "eur");

        var extended = await CallAsync(("replaces", Id(old)), ("expires_in_minutes", 600));

        var line = Assert.Single((await GetAsync(Id(extended))).GetProperty("line_items").EnumerateArray());
        Assert.Equal((shop.Mug, "line-1", 2), (Text(line, "product_id"), Text(line, "caller_ref"), line.GetProperty("quantity").GetInt32()));
        Assert.Equal("eur", Text(extended, "currency"));
        Assert.True(extended.GetProperty("expires_at").GetDateTimeOffset() > old.GetProperty("expires_at").GetDateTimeOffset().AddHours(5));
        Assert.Equal(Id(extended), (await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Several_lines_are_replaced_as_a_whole_or_stay()
    {
        var old = await CallAsync(
            ("line_items", new object[] { new { product_name = "Cup", price_cents = 700, quantity = 2 }, new { product_name = "Tea", price_cents = 300 } }),
            ("client_reference_id", _reference), ("currency", "eur"));

        var error = await ErrorAsync(("replaces", Id(old)), ("quantity", 3));
        var same = await CallAsync(("replaces", Id(old)));
        var other = await CallAsync(("replaces", Id(same)), ("line_items", new object[] { new { product_name = "Tea", price_cents = 300, quantity = 4 } }));

        Assert.Equal("line_items", Text(error, "param"));
        Assert.Equal((1700, "eur"), (same.GetProperty("amount_total").GetInt32(), Text(same, "currency")));
        Assert.Equal((1200, "eur"), (other.GetProperty("amount_total").GetInt32(), Text(other, "currency")));
    }

    [Fact]
    public async Task A_checkout_that_the_buyer_has_paid_is_not_replaced_and_nothing_is_sold()
    {
        var old = await SellAsync();
        await PayAsync(Id(old));

        // The ledger does not know it yet, then it does.
        var before = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));
        await shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Paid);
        var after = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.All([before, after], error => Assert.Equal(("already_completed", "replaces"), (Text(error, "code"), Text(error, "param"))));
        Assert.Equal(Id(old), Assert.Single(await OwnSessionsAsync()).Id);
        Assert.Null((await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Of_different_replacements_at_once_one_wins_and_the_others_learn_of_it()
    {
        var old = await SellAsync();

        var results = await Task.WhenAll(Enumerable.Range(2, 8).Select(quantity => TryAsync(
            ("replaces", Id(old)), ("quantity", quantity), ("idempotency_key", quantity % 2 == 0 ? Guid.NewGuid().ToString() : null))));

        var won = Assert.Single(results, result => !result.TryGetProperty("code", out _));
        Assert.All(results.Where(result => result.TryGetProperty("code", out _)), error => Assert.True(
            Text(error, "code") is "already_replaced" or "idempotency_in_flight", error.GetRawText()));
        Assert.Equal([Id(won)], (await OwnSessionsAsync()).Where(session => session.Status == "open").Select(session => session.Id));

        var late = await ErrorAsync(("replaces", Id(old)), ("quantity", 77));
        Assert.Equal("already_replaced", Text(late, "code"));
        Assert.Contains(Id(won), Text(late, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_replacement_at_once_and_again_is_one_checkout()
    {
        var old = await SellAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryAsync(("replaces", Id(old)), ("quantity", 2))));
        var again = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.All(
            results.Where(result => result.TryGetProperty("code", out _)), error => Assert.Equal("idempotency_in_flight", Text(error, "code")));
        Assert.True(again.GetProperty("replayed").GetBoolean());
        Assert.All(results.Where(result => !result.TryGetProperty("code", out _)), result => Assert.Equal(Id(again), Id(result)));
        Assert.Equal(2, (await OwnSessionsAsync()).Count);
    }

    [Fact]
    public async Task A_payment_that_races_with_the_replacement_is_either_taken_or_the_page_is_closed()
    {
        var (paid, replaced) = (0, 0);
        for (var round = 0; round < 20; round++)
        {
            var old = await SellAsync(("client_reference_id", $"{_reference}-{round}"));
            var payment = Task.Run(() => TryPayAsync(Id(old)), Cancellation);
            var result = await TryAsync(("replaces", Id(old)), ("quantity", 2));
            var tookMoney = await payment;

            var open = (await OwnSessionsAsync($"{_reference}-{round}")).Where(session => session.Status == "open").Select(session => session.Id);
            if (tookMoney)
            {
                Assert.Equal("already_completed", Text(result, "code"));
                Assert.Empty(open);
                Assert.Null((await OrderAsync(old)).ReplacedBy);
                paid++;
            }
            else
            {
                Assert.Equal([Id(result)], open);
                Assert.Equal("unpaid", (await SessionAsync(Id(old))).PaymentStatus);
                Assert.Equal(Id(result), (await OrderAsync(old)).ReplacedBy);
                replaced++;
            }
        }

        Assert.Equal(20, paid + replaced);
        TestContext.Current.TestOutputHelper!.WriteLine($"{paid} were paid, {replaced} were replaced");
    }

    [Theory]
    // Stripe does nothing.                Stripe does it, and the answer is lost.      Stripe does it, and reports an error of its own.
    [InlineData("rate_limit", false)]
    [InlineData("timeout_after_success", true)]
    [InlineData("server_error_after_success", false)]
    public async Task An_interrupted_expiry_is_finished_by_the_same_call(string fault, bool succeeds)
    {
        var old = await SellAsync();
        await FaultAsync(fault, $"/v1/checkout/sessions/{Id(old)}/expire");

        var first = await TryAsync(("replaces", Id(old)), ("quantity", 2));
        var second = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.Equal(succeeds, !first.TryGetProperty("code", out _));
        Assert.Equal("expired", (await SessionAsync(Id(old))).Status);
        Assert.Equal([Id(second)], (await OwnSessionsAsync()).Where(session => session.Status == "open").Select(session => session.Id));
        Assert.Equal(Id(second), (await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Until_Stripe_has_closed_the_old_page_no_other_link_leaves_the_server()
    {
        var old = await SellAsync();
        await FaultAsync("rate_limit", $"/v1/checkout/sessions/{Id(old)}/expire");

        var error = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.Equal("rate_limited", Text(error, "code"));
        var hidden = Assert.Single(await OwnSessionsAsync(), session => session.Id != Id(old));
        Assert.Null(await Ledger.FindAsync(hidden.Id));
        var still = await GetAsync(Id(old));
        Assert.Equal("open", Text(still, "status"));
        Assert.Equal(Text(old, "checkout_url"), Text(still, "checkout_url"));

        // The buyer is faster than the repetition: nothing is sold, and the hidden session is closed.
        await PayAsync(Id(old));
        Assert.Equal("already_completed", Text(await ErrorAsync(("replaces", Id(old)), ("quantity", 2)), "code"));
        await shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Paid);
        Assert.Equal("already_completed", Text(await ErrorAsync(("replaces", Id(old)), ("quantity", 2)), "code"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_dies_after_the_expiry_leaves_a_request_that_the_same_call_finishes(bool newOrderRecorded)
    {
        var old = await SellAsync();
        var key = Guid.NewGuid().ToString();
        var first = await CallAsync(("replaces", Id(old)), ("quantity", 2), ("idempotency_key", key));

        // What a process leaves that dies after Stripe has expired the old session, before or after it has recorded the new order.
        var partitions = shop.Factory.Services.GetRequiredService<LedgerPartitions>();
        var owner = shop.Factory.Services.GetRequiredService<Ownership>().Of(Caller.Anonymous);
        var request = partitions.Of(owner).Request(owner, OrderRef.Of(shop.Factory.Deployment, owner, key));
        Assert.True(await shop.Database.HashDeleteAsync(request, "session"));
        await shop.Database.HashSetAsync(request, "lease_until", 0);
        Assert.True(await shop.Database.HashDeleteAsync(partitions.Of(Id(old)).Order(Id(old)), "replaced_by"));
        if (!newOrderRecorded)
        {
            Assert.True(await shop.Database.KeyDeleteAsync(partitions.Of(Id(first)).Order(Id(first))));
        }

        var second = await CallAsync(("replaces", Id(old)), ("quantity", 2), ("idempotency_key", key));

        Assert.Equal(Id(first), Id(second));
        Assert.Equal((Id(second), Id(old)), ((await OrderAsync(old)).ReplacedBy, (await OrderAsync(second)).Replaces));
        Assert.Equal(2, (await OwnSessionsAsync()).Count);
    }

    [Fact]
    public async Task What_Stripe_rejects_leaves_the_old_checkout_open()
    {
        var old = await SellAsync();

        // Only Stripe knows that there is no such Price.
        var error = await ErrorAsync(("replaces", Id(old)), ("price_id", "price_unknown"), ("currency", "usd"));
        Assert.Equal("price_id", Text(error, "param"));
        Assert.Equal("open", (await SessionAsync(Id(old))).Status);

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));
        Assert.Equal("open", Text(changed, "status"));
    }

    [Fact]
    public async Task A_checkout_of_another_caller_or_buyer_is_unknown()
    {
        await using var alice = await shop.Factory.ConnectAsync(principal: "alice");
        var old = await SellAsync(("buyer_ref", "b-1"));
        var calls = new[]
        {
            await TryAsync(alice, ("replaces", Id(old)), ("quantity", 2)),
            await TryAsync(("replaces", Id(old)), ("quantity", 2), ("buyer_ref", "b-2")),
            await TryAsync(("replaces", "cs_test_neverheardof"), ("quantity", 2)),
        };

        Assert.All(calls, error => Assert.Equal(("not_found", "replaces"), (Text(error, "code"), Text(error, "param"))));
        Assert.Equal("open", (await SessionAsync(Id(old))).Status);

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));
        var listed = await ToolAsync("list_checkouts", new() { ["buyer_ref"] = "b-1" });
        Assert.Equal([Id(changed), Id(old)], listed.GetProperty("checkouts").EnumerateArray().Select(Id));
    }

    [Fact]
    public async Task The_units_of_the_old_checkout_are_free_for_the_one_that_replaces_it()
    {
        var product = ("product_id", (object?)shop.Counted);
        var old = await SellAsync(("product_name", null), ("price_cents", null), product, ("quantity", 6));

        var tooMany = await ErrorAsync(("replaces", Id(old)), ("quantity", 11));
        Assert.Equal(("out_of_stock", "open"), (Text(tooMany, "code"), (await SessionAsync(Id(old))).Status));
        Assert.Contains("10 units", Text(tooMany, "error"), StringComparison.Ordinal);

        var all = await CallAsync(("replaces", Id(old)), ("quantity", 10));
        Assert.Equal(0, await LeftAsync());
        var fewer = await CallAsync(("replaces", Id(all)), ("quantity", 4));
        Assert.Equal(6, await LeftAsync());

        // The old one can be released again, by its event, without an effect.
        await shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Expired, currency: "eur");
        await ToolAsync("cancel_checkout", new() { ["session_id"] = Id(fewer) });
        Assert.Equal(10, await LeftAsync());
    }

    private static string Id(JsonElement checkout) => Text(checkout, "session_id");

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString()! : throw new KeyNotFoundException($"{name} is missing: {json.GetRawText()}");

    private async Task<Order> OrderAsync(JsonElement checkout) => (await Ledger.FindAsync(Id(checkout)))!;

    private Task<Session> SessionAsync(string id) => Sessions.GetAsync(id, cancellationToken: Cancellation);

    private async Task<List<Session>> OwnSessionsAsync(string? reference = null) =>
    [
        .. (await Sessions.ListAsync(new SessionListOptions { Limit = 100 }, cancellationToken: Cancellation))
            .Where(session => session.ClientReferenceId == (reference ?? _reference)),
    ];

    private async Task<long> LeftAsync() =>
        (await ToolAsync("list_products", new() { ["product_id"] = shop.Counted })).GetProperty("products")[0].GetProperty("left").GetInt64();

    private Task<JsonElement> GetAsync(string id) => ToolAsync("get_checkout", new() { ["session_id"] = id });

    private Task<JsonElement> SellAsync(params (string Name, object? Value)[] more) => CallAsync(
        [("product_name", "Red mug"), ("price_cents", 4999), ("client_reference_id", _reference), ("idempotency_key", Guid.NewGuid().ToString()), .. more]);

    private async Task<JsonElement> CallAsync(params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(arguments);
        Assert.False(result.TryGetProperty("code", out _), result.GetRawText());
        return result;
    }

    private async Task<JsonElement> ErrorAsync(params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(arguments);
        Assert.True(result.TryGetProperty("code", out _), result.GetRawText());
        return result;
    }

    private Task<JsonElement> TryAsync(params (string Name, object? Value)[] arguments) => TryAsync(shop.Client, arguments);

    private static async Task<JsonElement> TryAsync(McpClient client, params (string Name, object? Value)[] arguments)
    {
        Dictionary<string, object?> given = [];
        foreach (var (name, value) in arguments)
        {
            given[name] = value;
        }

        return Assert.NotNull((await client.CallToolAsync("initiate_checkout", given, cancellationToken: Cancellation)).StructuredContent);
    }

    private async Task<JsonElement> ToolAsync(string tool, Dictionary<string, object?> arguments)
    {
        var result = await shop.Client.CallToolAsync(tool, arguments, cancellationToken: Cancellation);
        var content = Assert.NotNull(result.StructuredContent);
        Assert.False(result.IsError is true, content.GetRawText());
        return content;
    }

    private async Task PayAsync(string id) => Assert.True(await TryPayAsync(id));

    private async Task<bool> TryPayAsync(string id)
    {
        using var response = await shop.Buyer.PostAsJsonAsync(new Uri(shop.Sandbox.Address, $"/sandbox/sessions/{id}/pay"), new { }, Cancellation);
        return response.IsSuccessStatusCode;
    }

    private async Task FaultAsync(string kind, string path)
    {
        using var response = await shop.Buyer.PostAsJsonAsync(new Uri(shop.Sandbox.Address, "/sandbox/faults"), new { kind, path, method = "POST" }, Cancellation);
        Assert.True(response.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{response.StatusCode}"));
    }
}
