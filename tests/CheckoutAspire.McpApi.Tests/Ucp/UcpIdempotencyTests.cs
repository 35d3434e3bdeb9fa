using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using ModelContextProtocol;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Ucp;

public sealed class UcpIdempotencyTests(RedisFixture redis) : UcpTest(redis)
{
    private const McpErrorCode Protocol = (McpErrorCode)(-32000);

    [Theory]
    [InlineData("complete_checkout")]
    [InlineData("cancel_checkout")]
    public async Task Completing_and_canceling_need_a_key(string tool)
    {
        var id = Id(await CreateAsync(("tea", 1)));

        var refused = await RefusedAsync(tool, new() { ["meta"] = Meta(), ["id"] = id, ["checkout"] = new JsonObject() });

        Assert.Equal(McpErrorCode.InvalidParams, refused.ErrorCode);
        Assert.Equal("idempotency_key_required", Data(refused, "code"));
        Assert.Equal("ready_for_complete", Status(await GetAsync(id)));
    }

    [Fact]
    public async Task The_same_key_returns_the_same_response_after_the_checkout_has_changed()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        var key = NewKey();
        var first = await CompleteAsync(id, key);
        await Factory.ApplyAsync((await SessionAsync()).Id, PaymentStatusChange.Paid);

        var second = await CompleteAsync(id, key);

        Assert.True(JsonElement.DeepEquals(first, second));
        Assert.Equal("completed", Status(await CompleteAsync(id, NewKey())));
        Assert.Single(await SessionsAsync());
    }

    [Fact]
    public async Task Arguments_in_another_order_are_the_same_arguments()
    {
        var key = NewKey();
        var first = await CallAsync("create_checkout", new() { ["meta"] = Meta(key), ["checkout"] = Lines(("tea", 2)) });

        var second = await CallAsync("create_checkout", new()
        {
            ["checkout"] = JsonNode.Parse("""{ "line_items": [ { "quantity": 2, "item": { "id": "tea" } } ] }"""),
            ["meta"] = Meta(key),
        });

        Assert.Equal(Id(first), Id(second));
    }

    [Theory]
    [InlineData("create_checkout")]
    [InlineData("update_checkout")]
    [InlineData("complete_checkout")]
    [InlineData("cancel_checkout")]
    public async Task A_key_is_not_taken_for_other_arguments(string tool)
    {
        var key = NewKey();
        var one = Id(await CreateAsync(("tea", 1)));
        var other = Id(await CreateAsync(("tea", 1)));
        await CallAsync(tool, new() { ["meta"] = Meta(key), ["id"] = one, ["checkout"] = Lines(("tea", 1)) });

        var refused = await RefusedAsync(tool, new() { ["meta"] = Meta(key), ["id"] = other, ["checkout"] = Lines(("tea", 2)) });

        Assert.Equal(Protocol, refused.ErrorCode);
        Assert.Equal("idempotency_conflict", Data(refused, "code"));
        Assert.Equal("ready_for_complete", Status(await GetAsync(other)));
    }

    [Fact]
    public async Task A_key_belongs_to_one_tool()
    {
        var key = NewKey();
        var id = Id(await CreateAsync(("tea", 1)));

        await CompleteAsync(id, key);

        Assert.Equal("canceled", Status(await CancelAsync(id, key)));
    }

    [Fact]
    public async Task A_key_whose_call_is_running_is_answered_later()
    {
        var key = NewKey();
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = Service<UcpIdempotency>().RunAsync(
            Caller.Anonymous,
            "cancel_checkout",
            key,
            "digest of other arguments",
            async () =>
            {
                begun.SetResult();
                await release.Task;
                return "{}";
            });
        await begun.Task;

        var sameArguments = await Assert.ThrowsAsync<McpProtocolException>(() => Service<UcpIdempotency>().RunAsync(
            Caller.Anonymous, "cancel_checkout", key, "digest of other arguments", () => Task.FromResult("never")));
        release.SetResult();

        Assert.Equal("idempotency_in_flight", sameArguments.Data["code"]);
        Assert.Equal(1, sameArguments.Data["retry_after"]);
        Assert.Equal("{}", await running);
    }

    [Fact]
    public async Task A_key_of_a_call_that_failed_is_free_again()
    {
        var key = NewKey();
        await Assert.ThrowsAsync<RedisException>(() => Service<UcpIdempotency>().RunAsync(
            Caller.Anonymous, "cancel_checkout", key, "digest", () => throw new RedisException("gone")));

        Assert.Equal("done", await Service<UcpIdempotency>().RunAsync(
            Caller.Anonymous, "cancel_checkout", key, "another digest", () => Task.FromResult("done")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_often_a_checkout_is_completed_at_once_one_page_is_made(bool oneKey)
    {
        var id = Id(await CreateAsync(("tea", 1)));
        var key = NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            // A call that collides with another one is answered with a request to retry, which the test follows.
            while (true)
            {
                try
                {
                    return await CompleteAsync(id, oneKey ? key : NewKey());
                }
                catch (McpProtocolException again) when (Data(again, "retry_after") is not null)
                {
                    await Task.Yield();
                }
            }
        }));

        var session = await SessionAsync();
        Assert.All(answers, answer => Assert.Equal("requires_escalation", Status(answer)));
        var link = Assert.Single(answers.Select(answer => answer.GetProperty("continue_url").GetString()).Distinct());
        Assert.StartsWith("https://shop.example/pay/", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Canceling_and_completing_at_once_end_in_one_state()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = Id(await CreateAsync(("tea", 1)));
            await Task.WhenAll(InsistAsync(() => CompleteAsync(id)), InsistAsync(() => CancelAsync(id)), InsistAsync(() => CompleteAsync(id)));

            Assert.Equal("canceled", Status(await GetAsync(id)));
        }

        Assert.All(await SessionsAsync(), session => Assert.Equal("expired", session.Status));
    }

    private static async Task InsistAsync(Func<Task<JsonElement>> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (McpProtocolException again) when (Data(again, "retry_after") is not null)
            {
                await Task.Yield();
            }
        }
    }

    private static string? Data(McpProtocolException refused, string name) => refused.Data[name]?.ToString();
}
