using CheckoutAspire.Faults.Tests.Infrastructure;

namespace CheckoutAspire.Faults.Tests;

/// <summary>What services log in steady state.</summary>
public sealed class LogVolumeTests : FaultTest
{
    private static readonly (string, string)[] s_information = [("Logging__LogLevel__Default", "Information")];

    [Fact]
    public async Task An_order_that_goes_well_is_at_most_one_line_of_the_log_of_each_service()
    {
        const int Sales = 20;
        ServiceUnderFault[] services =
        [
            await At.StartAsync(Installation.Receiver, s_information),
            await At.StartAsync(Installation.Worker, s_information),
            await At.StartAsync(Installation.Operations, s_information),
        ];
        using var stripe = new StripeSender(() => services[0].Address);

        var sold = await Task.WhenAll(Enumerable.Range(0, Sales).Select(_ => At.SellAsync()));
        await stripe.DeliverAllAsync(sold, Cancellation);
        await At.AwaitFulfilledOnceAsync(sold);
        await At.AwaitAsync(() => At.Database.SortedSetLengthAsync(At.Partition.Outbox), length => length == 0);
        foreach (var service in services)
        {
            // A service that has ended has printed everything.
            await service.TerminateAsync();
        }

        Assert.All(services, service =>
        {
            // info: Category[id], and the message on the next line. Starting and stopping is logged by the host.
            var lines = service.Tail.Split('\n').Where(line => line.StartsWith("info: ", StringComparison.Ordinal) && !line.Contains("Microsoft.Hosting.Lifetime", StringComparison.Ordinal));
            Assert.InRange(lines.Count(), 0, Sales);
        });
    }
}
