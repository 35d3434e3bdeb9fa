using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class MerchantWebhookTests : WorkerTest
{
    private MerchantStub _merchant = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _merchant = await MerchantStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _merchant.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_paid_order_is_posted_signed_until_it_is_taken_under_one_id_and_never_redirected()
    {
        await using var worker = Worker();
        _merchant.Answer(500, 307, 200);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal(3, _merchant.Calls.Count);
        Assert.All(_merchant.Calls, call =>
        {
            Assert.Equal("fulfill/" + sold.SessionId, call.Headers["webhook-id"]);
            Assert.Equal("fulfill/" + sold.SessionId, call.Headers["Idempotency-Key"]);
            Assert.Equal("application/json", call.Headers["Content-Type"]);

            // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: id.timestamp.body
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{call.Headers["webhook-id"]}.{call.Headers["webhook-timestamp"]}."), .. call.Body];
            Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(_merchant.Key, signed)), call.Headers["webhook-signature"]);
        });
        var notice = JsonNode.Parse(_merchant.Calls.Last().Body)!;
        Assert.Equal("order.paid", (string?)notice["type"]);
        Assert.Equal((sold.SessionId, 9998, "usd", 3), (
            (string?)notice["data"]!["id"], (int)notice["data"]!["amount_total"]!, (string?)notice["data"]!["currency"], (int)notice["data"]!["fence"]!));
    }

    [Fact]
    public async Task However_many_calls_fail_each_attempt_is_a_call()
    {
        // A circuit breaker would open at 10 % of failures among 100 calls and fail the other attempts without a call. Each order fails once.
        var orders = await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => Ledger.SellAsync()));
        var failed = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        _merchant.Refuses = call => failed.TryAdd(call.Id, true);
        await Task.WhenAll(orders.Select(order => DeliverAsync(order.SessionId)));

        await using var worker = Worker(
            ("Worker:MaxAttempts", "2"), ("Worker:Concurrency", "300"), ("Worker:PauseAfter", "10000"));

        await AwaitDrainedAsync();
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Equal(500, _merchant.Calls.Count);
    }

    [Theory]
    [InlineData("3600", 60, 66)]
    [InlineData("999999", 240, 240)]
    [InlineData("in an hour", 59, 66)]
    [InlineData("yesterday", 0, 1)]
    public async Task Retries_and_probes_wait_as_long_as_the_merchant_asks_up_to_the_longest_delay(string asked, int least, int most)
    {
        _merchant.RetryAfter = asked switch
        {
            "in an hour" => TimeProvider.System.GetUtcNow().AddHours(1).ToString("R", CultureInfo.InvariantCulture),
            "yesterday" => TimeProvider.System.GetUtcNow().AddDays(-1).ToString("R", CultureInfo.InvariantCulture),
            _ => asked,
        };
        _merchant.Refuses = _ => true;
        var sold = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Ledger.SellAsync()));
        await using var worker = Worker(("Worker:PauseAfter", "3"), ("Worker:ProbeDelay", "00:00:30"), ("Worker:RetryDelay", "00:00:30"));
        await Task.WhenAll(sold.Select(order => DeliverAsync(order.SessionId)));

        var state = await Eventually.GetAsync(
            () => new HandlerLedger(Redis.Connection).FindAsync("merchant_webhook"), handler => handler.PausedAt is not null, Canceled);
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync(Partition.Retry), count => count == 3, Canceled);

        Assert.InRange((state.ProbeAt!.Value - state.PausedAt!.Value).TotalMinutes, least, most);
        foreach (var order in sold)
        {
            var found = (await Ledger.Orders.FindAsync(order.SessionId))!;
            Assert.InRange((found.LeaseUntil!.Value - found.Timeline.Single(step => step.What == "postponed").At).TotalMinutes, least, most);
        }
    }

    [Theory]
    [InlineData("http://merchant.example/orders", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "FULFILLMENT_URL must be https")]
    [InlineData("merchant", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "FULFILLMENT_URL is not an http or https URL")]
    [InlineData("https://merchant.example/orders", "", "FULFILLMENT_SECRET is missing")]
    [InlineData("https://merchant.example/orders", "whsec_c2hvcnQ=", "FULFILLMENT_SECRET is missing or not a Standard Webhooks secret")]
    [InlineData("", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "FULFILLMENT_URL is not: set both or neither")]
    public async Task An_endpoint_that_cannot_be_called_safely_is_rejected_at_start(string url, string secret, string sentence)
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync("CheckoutAspire.Worker", new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = "sk_test_1",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["FULFILLMENT_URL"] = url,
            ["FULFILLMENT_SECRET"] = secret,
        });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private WorkerHost Worker(params (string Name, string Value)[] settings) => new(Redis.ConnectionString, settings: [.. _merchant.Settings, .. settings]);
}
