using System.Text.Json.Nodes;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

/// <summary>Redis and the archive of old orders go back in time, are lost, or do not answer: an archived order is never fulfilled again, and keeps its refunds.</summary>
public sealed class ArchiveFaultTests() : FaultTest(archiveAfter: TimeSpan.FromSeconds(0.2))
{
    // Longer ago than the ledger began, as every archived session is.
    private static readonly DateTimeOffset s_before = TimeProvider.System.GetUtcNow().AddHours(-1);

    [Fact]
    public async Task After_a_backup_from_before_the_archiving_is_restored_orders_are_not_fulfilled_again_and_leave_again()
    {
        await StartWorkerAsync();
        await At.AwaitAsync(() => At.Database.KeyExistsAsync(At.Partition.Epoch), exists => exists);

        // Of the first order the backup has the unpaid sale, and of the second one it has nothing.
        var known = await SellAsync();
        using var backup = new DirectoryBackup(At.Redis.Directory);
        var unknown = await SellAsync();
        await DeliverAsync(known);
        await DeliverAsync(unknown);
        await AwaitArchivedAsync(2);
        await RefundAsync(unknown);
        await AwaitRefundedAsync(unknown);
        await AwaitArchivedAsync(2);

        await At.Redis.KillAsync();
        backup.Restore();
        await At.Redis.RestartAsync();
        await At.AwaitAsync(At.CountArchivedAsync, count => count == 0);
        await DeliverAsync(known);
        await DeliverAsync(unknown);

        await AwaitArchivedAsync(2);
        await AssertFulfilledOnceAsync(known, unknown);
        Assert.Equal("as the witness at Stripe has it", (await At.FindAsync(known))!.Timeline[^1].Detail);
        Assert.Equal(100, (await At.FindAsync(unknown))!.AmountRefunded);
    }

    [Fact]
    public async Task After_Redis_has_lost_everything_archived_orders_are_found_in_the_archive_without_a_witness()
    {
        var (delivered, refunded) = (await SellAsync(), await SellAsync());
        await StartWorkerAsync();
        await DeliverAsync(delivered);
        await DeliverAsync(refunded);
        await AwaitArchivedAsync(2);
        At.Stripe.ForgetWitness(delivered);
        At.Stripe.ForgetWitness(refunded);

        await At.Redis.Connection.GetServers()[0].FlushAllDatabasesAsync();
        await DeliverAsync(delivered);
        await RefundAsync(refunded);

        await AwaitRefundedAsync(refunded);
        await AwaitArchivedAsync(2);
        await AssertFulfilledOnceAsync(delivered, refunded);
        Assert.Equal(1, await At.Database.HashGetAsync("co:ledger", "archive"));
    }

    [Fact]
    public async Task While_the_archive_does_not_answer_only_events_about_archived_orders_wait()
    {
        var archived = await SellAsync();
        var before = await StartWorkerAsync();
        await DeliverAsync(archived);
        await AwaitArchivedAsync(1);
        Assert.Equal(0, await before.TerminateAsync());

        At.ArchiveDirectory!.Remove();
        // Each try to reach the archive is an attempt.
        await StartWorkerAsync(("Worker__MaxAttempts", "1000"));
        await DeliverAsync(archived);
        await At.AwaitAsync(() => At.Database.SortedSetLengthAsync(At.Partition.Retry), count => count == 1);
        var sold = await SellAsync();
        await DeliverAsync(sold);
        await At.AwaitStateAsync(sold, OrderState.Fulfilled);

        At.ArchiveDirectory.Return();
        await AwaitArchivedAsync(2);
        await AssertFulfilledOnceAsync(archived, sold);
    }

    private async Task<string> SellAsync()
    {
        var id = (await At.Ledger.SellAsync()).SessionId;
        At.Stripe.Add(id, createdAt: s_before);
        return id;
    }

    /// <summary>Delivers the event of the payment as Stripe generated it, also when it comes again after Redis was restarted.</summary>
    private async Task DeliverAsync(string id) => await At.Ledger.AppendAsync(
        id,
        StripeEvents.Checkout(id, change: root =>
        {
            root["created"] = s_before.ToUnixTimeSeconds();
            root["data"]!["object"]!["created"] = s_before.ToUnixTimeSeconds();
        }));

    private async Task RefundAsync(string id) => await At.Ledger.AppendAsync(
        "re_" + id,
        StripeEvents.Of(HandledEvents.RefundCreated, new JsonObject
        {
            ["id"] = "re_" + id,
            ["object"] = "refund",
            ["amount"] = 100,
            ["currency"] = "usd",
            ["payment_intent"] = "pi_" + id,
            ["reason"] = "requested_by_customer",
            ["status"] = "succeeded",
        }),
        HandledEvents.RefundCreated);

    private Task AwaitRefundedAsync(string id) => At.AwaitAsync(() => At.FindAsync(id), order => order!.AmountRefunded == 100);

    private async Task AwaitArchivedAsync(int count)
    {
        await At.AwaitQuietAsync();
        await At.AwaitAsync(At.CountArchivedAsync, archived => archived == count);
    }

    private async Task AssertFulfilledOnceAsync(params IEnumerable<string> orders)
    {
        await At.AwaitQuietAsync();
        foreach (var id in orders)
        {
            var order = (await At.FindAsync(id))!;
            Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
            Assert.Equal([MerchantOutcome.Effect], Merchant.Of(id));
        }
    }
}
