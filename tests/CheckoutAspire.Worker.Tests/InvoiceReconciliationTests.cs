using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Reconciliation appends the invoices that are orders of their own, as long as the ledger lacks them or has lost the entry that would fulfill them.</summary>
public sealed class InvoiceReconciliationTests : WorkerTest
{
    [Fact]
    public async Task Invoices_that_the_ledger_lacks_or_whose_claim_nothing_would_end_are_appended()
    {
        await using var stripe = await StripeListStub.StartAsync();
        stripe.Lists["/v1/invoices"] =
        [
            Invoice("in_renewal", "subscription_cycle"), Invoice("in_change", "subscription_update"), Invoice("in_usage", "subscription_threshold"),
            Invoice("in_change_failed", "subscription_update", status: "open"), Invoice("in_free_change", "subscription_update", amount: 0),
            Invoice("in_first", "subscription_create"), Invoice("in_of_the_seller", "manual"), Invoice("in_claimed", "subscription_cycle"),
            Invoice("in_abandoned", "subscription_cycle"),
        ];
        await ClaimAsync("in_claimed");
        await ClaimAsync("in_abandoned");
        await Redis.Database.HashSetAsync(Partition.Order("in_abandoned"), "lease_until", 1);
        await Redis.Database.KeyDeleteAsync(Partition.Events);

        await using var worker = new ReconcilerHost(Redis.ConnectionString, stripe.Address, Time);
        await AwaitPassesAsync(1);

        Assert.Equal(
            [
                "invoice.paid in_abandoned", "invoice.paid in_change", "invoice.paid in_renewal", "invoice.paid in_usage", "invoice.payment_failed in_change_failed",
            ],
            (await AppendedAsync()).Select(entry => entry.ToString()).Distinct().Order(StringComparer.Ordinal));
    }

    private async Task ClaimAsync(string id)
    {
        var claim = await Ledger.Transitions.ApplyAsync(
            LedgerKit.Fact(id) with { IsRenewal = true }, await Ledger.AppendAsync(id), livemode: false, TimeSpan.FromHours(1));
        Assert.Equal(Outcome.Claimed, claim.Outcome);
    }

    private JsonObject Invoice(string id, string reason, long amount = 9998, string status = "paid") => new()
    {
        ["id"] = id,
        ["object"] = "invoice",
        ["amount_due"] = amount,
        ["amount_paid"] = status == "paid" ? amount : 0,
        ["attempt_count"] = 1,
        ["billing_reason"] = reason,
        ["created"] = Time.Start.AddMinutes(-1).ToUnixTimeSeconds(),
        ["currency"] = "usd",
        ["livemode"] = false,
        ["parent"] = new JsonObject
        {
            ["type"] = "subscription_details",
            ["subscription_details"] = new JsonObject
            {
                ["subscription"] = "sub_1",
                ["metadata"] = new JsonObject { ["source"] = "mcp_server", ["deployment"] = "local", ["order_ref"] = "ref_1" },
            },
        },
        ["status"] = status,
        ["subtotal"] = amount,
        ["total"] = amount,
    };
}
