using System.Collections.Concurrent;
using System.Text.Json;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Faults.Tests;

/// <summary>The progress of notices to the merchant is in Redis.</summary>
public sealed class NoticeFaultTests : FaultTest
{
    [Fact]
    public async Task A_notice_whose_worker_is_killed_during_the_call_is_sent_again_under_its_id_and_before_the_next_one()
    {
        var (calls, gate) = (new ConcurrentQueue<(string Type, string Id)>(), new Gate());
        await using var merchant = new LocalEndpoint();
        await merchant.StartAsync(app => app.MapPost("/orders", async (HttpRequest request) =>
        {
            using var body = await JsonDocument.ParseAsync(request.Body);
            var type = body.RootElement.GetProperty("type").GetString()!;
            calls.Enqueue((type, request.Headers["webhook-id"].ToString()));
            if (type == "order.refunded")
            {
                await gate.PassAsync();
            }

            return TypedResults.Ok();
        }));
        (string, string)[] settings =
        [
            ("FULFILLMENT_URL", new Uri(merchant.Address, "orders").ToString()),
            ("FULFILLMENT_EVENTS", "all"),
            ("Worker__HandlerTimeout", "00:00:02"),
        ];
        var killed = await StartWorkerAsync(settings);
        await At.AwaitAsync(() => At.Database.KeyExistsAsync(At.Partition.NoticesCursor), exists => exists);
        var sold = (await At.SellPaidAsync(1))[0];
        await At.AwaitStateAsync(sold, OrderState.Fulfilled);
        await At.Ledger.Transitions.RecordReturnAsync(sold, "1-1", LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", 998));
        await At.Ledger.Transitions.RecordReturnAsync(sold, "1-1", LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9000));
        await AwaitWaitingAsync(gate, 1);

        await killed.KillAsync();
        var before = calls.Count;
        gate.Open();
        await StartWorkerAsync(settings);

        // On a slow machine a call may exceed its time limit and be repeated, also by the same worker.
        var sent = await At.AwaitAsync(() => Task.FromResult(calls.ToArray()), all => all.Any(call => call.Type == "order.disputed"));
        Assert.Equal(["order.paid", "order.refunded", "order.disputed"], sent.DistinctBy(call => call.Id).Select(call => call.Type));
        Assert.Equal("order.refunded", sent.Skip(before).First(call => call.Type != "order.paid").Type);
    }
}
