using CheckoutAspire.TestKit;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>Stops Redis, so each class has a Redis of its own.</summary>
[Trait("loop", "long")]
public sealed class UcpOutageTests(RedisFixture redis) : UcpTest(redis), IClassFixture<RedisFixture>
{
    private const McpErrorCode Protocol = (McpErrorCode)(-32000);

    protected override bool WaitsForRedis => false;

    [Fact]
    public async Task Without_Redis_every_call_fails_and_afterwards_sales_continue()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        await Redis.KillAsync();

        foreach (var tool in new[] { "create_checkout", "get_checkout", "update_checkout", "complete_checkout", "cancel_checkout", "get_order" })
        {
            var refused = await RefusedAsync(
                tool, new() { ["meta"] = Meta(NewKey()), ["id"] = tool == "get_order" ? "ord_" + id[4..] : id, ["checkout"] = Lines(("tea", 1)) });

            Assert.Equal(Protocol, refused.ErrorCode);
            Assert.Equal("ledger_unreachable", refused.Data["code"]!.ToString());
            Assert.Equal("5", refused.Data["retry_after"]!.ToString());
        }

        Assert.Empty(await SessionsAsync());
        await Redis.RestartAsync();
        await Eventually.GetAsync(async () => await TryCompleteAsync(id), status => status == "requires_escalation", Cancellation);
    }

    private async Task<string> TryCompleteAsync(string id)
    {
        try
        {
            return Status(await CompleteAsync(id));
        }
        catch (McpProtocolException unreachable)
        {
            return unreachable.Message;
        }
    }
}
