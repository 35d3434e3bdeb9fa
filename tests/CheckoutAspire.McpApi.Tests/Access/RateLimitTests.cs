using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests.Access;

public sealed class RateLimitTests(RedisFixture redis) : IAsyncLifetime
{
    private const int ReadsPerMinute = 4;

    private readonly string _id = Guid.NewGuid().ToString("N");
    private StripeStub? _stripe;
    private McpApiFactory? _factory;
    private RawMcp? _raw;

    public async ValueTask InitializeAsync()
    {
        _stripe = await StripeStub.StartAsync();
        _factory = new McpApiFactory(redis.Server.ConnectionString, _stripe.Address, builder =>
        {
            builder.UseSetting("CHECKOUT_API_KEYS", $"one-{_id}:{Digest("one")},two-{_id}:{Digest("two")}");
            builder.UseSetting("CHECKOUT_RATE_LIMIT_CREATES", "2");
            builder.UseSetting("CHECKOUT_RATE_LIMIT_READS", $"{ReadsPerMinute}");
        });
        _raw = new RawMcp(_factory.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _raw!.Dispose();
        await _factory!.DisposeAsync();
        await _stripe!.DisposeAsync();
    }

    [Fact]
    public async Task Too_many_sales_are_rejected_with_Retry_After_and_affect_no_other_caller()
    {
        await SellAsync("one", HttpStatusCode.OK);
        await SellAsync("one", HttpStatusCode.OK);

        using var refused = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), "one");

        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        var answer = await RawMcp.ReadAsync(refused);
        Assert.Equal(7, answer.GetProperty("id").GetInt32());
        var result = answer.GetProperty("result");
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        var data = result.GetProperty("structuredContent");
        Assert.Equal(data.GetRawText(), result.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(("rate_limited", "recoverable"), (data.GetProperty("code").GetString(), data.GetProperty("severity").GetString()));
        Assert.InRange(data.GetProperty("retry_after").GetInt32(), 1, 60);
        Assert.Equal(data.GetProperty("retry_after").GetInt32().ToString(), refused.Headers.RetryAfter?.ToString());
        Assert.Equal(2, _stripe!.Creates.Count);

        // The other budget and the other principal are not affected.
        using (var read = await _raw.CallAsync("get_checkout", new() { ["session_id"] = "cs_test_none" }, "one"))
        {
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }

        await SellAsync("two", HttpStatusCode.OK);
        var entries = await AuditReader.ReadAsync(redis.Server.Connection, $"key:one-{_id}");
        Assert.Equal(
            ["pending", "ok", "pending", "ok", "rate_limited"], entries.Select(entry => entry["decision"]));
    }

    [Fact]
    public async Task Too_many_reads_are_rejected_with_Retry_After()
    {
        using var refused = await ListUntilRefusedAsync(Stopwatch.StartNew(), permits: ReadsPerMinute);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        await SellAsync("one", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_further_line_of_a_sale_takes_a_permit_of_the_reads()
    {
        var clock = Stopwatch.StartNew();
        var lines = Enumerable.Range(0, 3).Select(line => new { product_name = $"Mug {line}", price_cents = 4999 }).ToArray();
        using (var sold = await _raw!.CallAsync("initiate_checkout", new() { ["line_items"] = lines }, "one"))
        {
            Assert.Equal(HttpStatusCode.OK, sold.StatusCode);
        }

        using var refused = await ListUntilRefusedAsync(clock, permits: ReadsPerMinute - 2);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        await SellAsync("one", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_resource_of_a_subscription_takes_a_permit()
    {
        using var listening = await _raw!.SendAsync(RawMcp.Listen(["checkout://sessions/cs_test_1", "checkout://sessions/cs_test_2"]), "subscriptions/listen", bearer: "one");
        Assert.Equal(HttpStatusCode.OK, listening.StatusCode);

        using var refused = await _raw.SendAsync(
            RawMcp.Listen([.. Enumerable.Range(0, 3).Select(number => $"checkout://sessions/cs_test_{number}")]), "subscriptions/listen", bearer: "one");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    /// <summary>Lists until a call is refused: each permit allows one call, and a slow machine has some permits more, because they come back with the time.</summary>
    private async Task<HttpResponseMessage> ListUntilRefusedAsync(Stopwatch clock, int permits)
    {
        for (var call = 0; ; call++)
        {
            var response = await ListAsync();
            if (call >= permits && response.StatusCode is not HttpStatusCode.OK)
            {
                return response;
            }

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.InRange(call + 1.0, 1.0, permits + (clock.Elapsed.TotalMinutes * ReadsPerMinute));
            response.Dispose();
        }
    }

    private Task<HttpResponseMessage> ListAsync() => _raw!.SendAsync(
        $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{{{RawMcp.Meta()}}}}}""", "tools/list", bearer: "one");

    private async Task SellAsync(string key, HttpStatusCode expected)
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(("idempotency_key", Guid.NewGuid().ToString())), key);
        Assert.Equal(expected, response.StatusCode);
    }

    private static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
