using System.Collections.Concurrent;
using System.Net;
using CheckoutAspire.Faults.Tests.Hostile;
using CheckoutAspire.Faults.Tests.Infrastructure;

namespace CheckoutAspire.Faults.Tests;

/// <summary>
/// Generated requests that are not what a service expects, to all services at once. HOSTILE_REQUESTS=10000 is the long form, and HOSTILE_SEED
/// generates others.
/// </summary>
[Trait("loop", "long")]
public sealed class HostileRequestTests : FaultTest
{
    private const int DefaultSeed = 16;
    private const int DefaultCount = 800;
    private const int AtOnce = 16;

    // A service uses 100 to 150 MB. An unbounded buffer of a single request is larger than the rest.
    private const long MaxBytes = 500L * 1024 * 1024;

    [Fact]
    public async Task No_hostile_request_is_answered_500_or_takes_unbounded_memory()
    {
        var seed = HostileRequest.ReadSeed() ?? DefaultSeed;
        var count = HostileRequest.ReadCount() ?? DefaultCount;
        var services = await StartAsync();
        var generator = new HostileRequests(seed);
        HostileRequest[] requests = [.. HostileRequests.Known(), .. Enumerable.Range(0, count).Select(_ => generator.Next())];
        var statuses = new ConcurrentDictionary<(string Service, int Status), int>();
        ConcurrentBag<string> failures = [];

        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation }, async (request, token) =>
        {
            var status = await request.SendAsync(services[request.Service].Address, token);
            statuses.AddOrUpdate((request.Service, status), 1, (_, known) => known + 1);
            // 503 is the answer when Redis is slow.
            if (status >= (int)HttpStatusCode.InternalServerError && status != (int)HttpStatusCode.ServiceUnavailable)
            {
                failures.Add($"{request.Service} answered {status} ({request.Kind}): {request.Start}");
            }
        });

        var report = string.Join('\n', services.Keys.Order(StringComparer.Ordinal).Select(service =>
            $"{service}: {services[service].ResidentBytes / 1024 / 1024} MB; "
            + string.Join(", ", statuses.Where(status => status.Key.Service == service).OrderBy(status => status.Key.Status).Select(status => $"{status.Value} x {status.Key.Status}"))));
        TestContext.Current.TestOutputHelper!.WriteLine($"HOSTILE_SEED={seed}, {requests.Length} requests\n{report}");
        Assert.True(failures.IsEmpty, $"HOSTILE_SEED={seed}\n{string.Join("\n\n", failures.Order(StringComparer.Ordinal).Take(10))}");
        Assert.All(services.Values, service => Assert.InRange(service.ResidentBytes, 1, MaxBytes));
        using var http = new HttpClient();
        foreach (var service in services.Values)
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(service.Address, "/alive"), Cancellation)).StatusCode);
        }
    }

    private async Task<Dictionary<string, ServiceUnderFault>> StartAsync()
    {
        var sandbox = await At.StartAsync(HostileRequests.Sandbox);
        var api = ("STRIPE_API_BASE", sandbox.Address.GetLeftPart(UriPartial.Authority));
        var others = await Task.WhenAll(
            At.StartAsync(HostileRequests.McpApi, api, ("ASPNETCORE_ENVIRONMENT", "Development"), ("CHECKOUT_UCP", "true")),
            At.StartAsync(Installation.Receiver),
            At.StartAsync(Installation.Worker, api),
            At.StartAsync(Installation.Operations, api));
        return others.Append(sandbox).ToDictionary(service => service.Name, StringComparer.Ordinal);
    }
}
