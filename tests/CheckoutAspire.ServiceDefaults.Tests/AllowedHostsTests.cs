using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace CheckoutAspire.ServiceDefaults.Tests;

public sealed class AllowedHostsTests
{
    [Theory]
    [InlineData(null, "localhost:5081", true)]
    [InlineData(null, "127.0.0.1", true)]
    [InlineData(null, "[::1]:5081", true)]
    [InlineData(null, "rebound.example", false)]
    [InlineData(null, "localhost.evil.example", false)]
    [InlineData(null, "", false)]
    [InlineData("worker;*.shop.example", "worker:8080", true)]
    [InlineData("worker;*.shop.example", "hooks.shop.example", true)]
    [InlineData("worker,10.0.0.7", "10.0.0.7:80", true)]
    [InlineData("worker", "mcpapi", false)]
    [InlineData("*", "anything.example", true)]
    public void A_service_accepts_its_machine_and_the_configured_hosts(string? configured, string host, bool isAllowed) =>
        Assert.Equal(isAllowed, Read(configured).Allows(new HostString(host)));

    [Theory]
    [InlineData("https://shop.example")]
    [InlineData("shop.example:8080")]
    public void An_address_instead_of_a_host_is_refused(string configured) =>
        Assert.Contains("AllowedHosts", Assert.Single(Read(configured).ConfigurationErrors), StringComparison.Ordinal);

    private static AllowedHostsOptions Read(string? configured)
    {
        var options = new AllowedHostsOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection([new("AllowedHosts", configured)]).Build());
        return options;
    }
}
