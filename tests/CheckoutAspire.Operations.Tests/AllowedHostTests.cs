using System.Net;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The <c>Host</c> header: a page whose name resolves to this machine (DNS rebinding) reaches nothing of the operators' service.</summary>
public sealed class AllowedHostTests : OperationsTest
{
    [Fact]
    public async Task A_rebound_name_reaches_only_the_health_checks_in_development()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);

        foreach (var path in (string[])["/", "/orders", "/ops/owed", "/orders/sign-in", "/operations.css", "/nowhere"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await GetAsync(operations, path, "rebound.example"));
            Assert.Equal(HttpStatusCode.BadRequest, await GetAsync(operations, path, "localhost.rebound.example"));
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync(operations, "/alive", "rebound.example"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(operations, "/ops/owed", "localhost"));
    }

    [Theory]
    [InlineData("", "anything.example", HttpStatusCode.OK)]
    [InlineData("ops.example", "ops.example", HttpStatusCode.OK)]
    [InlineData("ops.example", "rebound.example", HttpStatusCode.BadRequest)]
    public async Task A_deployed_service_accepts_the_configured_hosts(string allowed, string host, HttpStatusCode expected)
    {
        await using var operations = new OperationsHost(
            Redis.ConnectionString, ("environment", "Production"), ("AllowedHosts", allowed));

        Assert.Equal(expected, await GetAsync(operations, "/ops/owed", host));
    }

    private static async Task<HttpStatusCode> GetAsync(OperationsHost operations, string path, string host)
    {
        using var client = Client(operations);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var response = await client.SendAsync(request, Canceled);
        return response.StatusCode;
    }
}
