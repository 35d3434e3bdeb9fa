using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Counts the subscriptions of a Redis of its own.</summary>
public sealed class ManyWaitersTests(RedisFixture redis) : McpApiTest(redis), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Five_hundred_wait_without_one_call_to_Stripe_and_with_one_subscription()
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SellAsync()));
        var ids = sold.Select(answer => answer.GetProperty("session_id").GetString()!).ToArray();
        var calls = Stripe.Calls.Count;
        var steps = new Steps();

        var waiting = Enumerable.Range(0, 500).Select(number => WaitAsync(ids[number % ids.Length], steps)).ToArray();
        await steps.SaidAsync("The buyer has not paid yet", times: 500);
        var channel = Factory.Services.GetRequiredService<LedgerPartitions>().All[0].Changes.ToString();
        var subscribers = (RedisResult[])(await Redis.Database.ExecuteAsync("PUBSUB", "NUMSUB", channel))!;
        foreach (var id in ids)
        {
            await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        }

        Assert.All(await Task.WhenAll(waiting), checkout => Assert.Equal("fulfilled", checkout.GetProperty("order_state").GetString()));
        Assert.Equal(calls, Stripe.Calls.Count);
        Assert.Equal(1, (int)subscribers[1]);
    }

    private async Task<JsonElement> WaitAsync(string sessionId, Steps steps)
    {
        var result = await Client.CallToolAsync(
            "wait_for_payment",
            new Dictionary<string, object?> { ["session_id"] = sessionId, ["timeout_seconds"] = 600 },
            steps,
            cancellationToken: Cancellation);
        return result.StructuredContent!.Value;
    }
}
