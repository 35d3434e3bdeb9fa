using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>What workers report for the operators' status page.</summary>
public sealed class ServiceReportTests : WorkerTest
{
    private ServiceReports Reports => new(Redis.Connection);

    [Fact]
    public async Task Passes_failures_and_findings_of_reconciliation_are_reported()
    {
        await using var stripe = await StripeListStub.StartAsync();
        stripe.Lists["/v1/checkout/sessions"] = [StripeListStub.Session("cs_found", Time.GetUtcNow())];
        stripe.Fails = (path, _) => path == "/v1/refunds";
        await using var worker = new ReconcilerHost(Redis.ConnectionString, stripe.Address, Time);

        var report = await GetAfterPassesAsync(
            Reports.ReadAsync,
            report => report.Reconciliation.Any(list => list is { List: "sessions", PassedAt: not null, FailedAt: null })
                && report.Reconciliation.Any(list => list is { List: "refunds", PassedAt: null, FailedAt: not null }));

        // This worker does not apply what it finds, and finds it again in each pass.
        var finding = report.Findings.First(finding => finding.Id == "cs_found");
        Assert.Equal(("sessions", "checkout.session.completed"), (finding.List, finding.Type));
        Assert.All(report.Reconciliation.Where(list => list.List == "refunds"), list => Assert.False(string.IsNullOrEmpty(list.Failure)));
    }

    [Fact]
    public async Task Fulfilled_orders_are_counted_also_those_before_a_stop()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var outcomes = new Outcomes(worker);
        var sold = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(sold);
        await DeliverAsync(sold);
        await AwaitAsync(sold, OrderState.Fulfilled);
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Order().ToArray()), all => all is ["duplicate", "fulfilled"], Canceled);

        await worker.DisposeAsync();

        Assert.Equal(1, (await Reports.ReadAsync()).Fulfilled);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_is_reported()
    {
        await Redis.Database.StringSetAsync(Partition.Clock, TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());
        await using var worker = new WorkerHost(Redis.ConnectionString);

        var report = await Eventually.GetAsync(Reports.ReadAsync, report => report.ClockSetBackAt is not null, Canceled);

        Assert.InRange(report.ClockSetBackBy, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(61));
    }
}
