using System.Text.Json;
using CheckoutAspire.Faults.Tests.Hostile;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

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

        Assert.All(services, service => Assert.InRange(CountLines(service), 0, Sales));
    }

    [Fact]
    public async Task A_sale_is_at_most_one_line_of_the_log_of_the_MCP_API()
    {
        const int Sales = 20;
        var sandbox = await At.StartAsync(HostileRequests.Sandbox);
        var mcpApi = await At.StartAsync(
            HostileRequests.McpApi,
            [.. s_information, ("STRIPE_API_BASE", sandbox.Address.GetLeftPart(UriPartial.Authority)), ("ASPNETCORE_ENVIRONMENT", "Development")]);
        using var agent = new RawClient(mcpApi.Address);

        for (var sale = 0; sale < Sales; sale++)
        {
            var sold = await CallAsync("initiate_checkout", new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999 + sale });
            var found = await CallAsync("get_checkout", new Dictionary<string, object?> { ["session_id"] = sold.GetProperty("session_id").GetString() });
            Assert.Equal("created", found.GetProperty("order_state").GetString());
        }

        await mcpApi.TerminateAsync();

        Assert.InRange(CountLines(mcpApi), 0, Sales);

        // While Redis is slow, a tool call fails and can be repeated.
        async Task<JsonElement> CallAsync(string tool, Dictionary<string, object?> arguments) => (await Eventually.GetAsync(
            () => agent.CallAsync(tool, arguments),
            result => result.TryGetProperty("structuredContent", out var content) && content.TryGetProperty("session_id", out _),
            Cancellation)).GetProperty("structuredContent");
    }

    // info: Category[id], and the message on the next line. Starting and stopping is logged by the host.
    private static int CountLines(ServiceUnderFault service) => service.Tail.Split('\n')
        .Count(line => line.StartsWith("info: ", StringComparison.Ordinal) && !line.Contains("Microsoft.Hosting.Lifetime", StringComparison.Ordinal));
}
