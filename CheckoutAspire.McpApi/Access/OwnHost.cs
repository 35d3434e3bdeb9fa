using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Accepts the host of <c>APP_BASE_URL</c>, in addition to this machine's names and <c>AllowedHosts</c>.</summary>
internal sealed class OwnHost(IOptions<OriginOptions> app) : IConfigureOptions<AllowedHostsOptions>
{
    public void Configure(AllowedHostsOptions options) => options.Hosts.Add(new Uri(app.Value.AppOrigin).Host);
}
