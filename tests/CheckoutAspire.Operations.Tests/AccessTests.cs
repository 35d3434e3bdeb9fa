using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Operations.Access;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Tests;

/// <summary>What a request needs before any of it is parsed.</summary>
public sealed class AccessTests(AccessTests.Host host) : IClassFixture<AccessTests.Host>
{
    private const string Link = "run_0123456789abcdef0123456789abcdef";

    private LedgerKit Ledger => host.Ledger;

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_requires_an_operator_and_every_form_an_antiforgery_token()
    {
        string[] open = ["/", "/sign-in", "/sign-in/provider", "/operations.css", "/health", "/alive"];

        var endpoints = host.Operations.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToArray();

        Assert.NotEmpty(endpoints);
        foreach (var endpoint in endpoints)
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            var policy = endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy;
            var reads = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is not { } methods || methods.All(method => method is "GET" or "HEAD");
            Assert.True(
                open.Contains(path) || policy == (path.StartsWith("/ops", StringComparison.Ordinal) ? Policies.Api : path is "/sign-out" or "/find" ? Policies.SignedIn : Policies.Pages),
                $"{path} has the policy {policy}.");
            Assert.True(
                reads || path.StartsWith("/ops", StringComparison.Ordinal) || endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true },
                $"{path} checks no antiforgery token.");
        }
    }

    [Fact]
    public async Task The_link_of_the_dashboard_signs_a_developer_in_and_leaves_the_address()
    {
        using var browser = Browser();

        using var signedIn = await browser.GetAsync("/sign-in?t=" + Link, Canceled);

        Assert.Equal("/orders", signedIn.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/orders", Canceled)).StatusCode);
        using var again = await browser.GetAsync("/sign-in?to=/dead", Canceled);
        Assert.Equal("/dead", again.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Link + "x")]
    [InlineData(OperationsHost.Token)]
    public async Task A_link_with_another_token_opens_nothing(string given)
    {
        using var browser = Browser();

        using var answer = await browser.GetAsync("/sign-in?t=" + given, Canceled);

        Assert.Equal("/sign-in", answer.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/orders", Canceled)).StatusCode);
    }

    [Theory]
    [InlineData("Development", Link, "127.0.0.1", true)]
    [InlineData("Development", Link, "::1", true)]
    [InlineData("Development", Link, "192.0.2.1", false)]
    [InlineData("Development", Link, null, false)]
    [InlineData("Development", "short", "127.0.0.1", false)]
    [InlineData("Development", "", "127.0.0.1", false)]
    [InlineData("Production", Link, "127.0.0.1", false)]
    public void A_link_counts_only_in_development_on_this_machine(string environment, string token, string? remote, bool counts)
    {
        var options = new OpsOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection([new("OPS_TOKEN", OperationsHost.Token), new("OPS_SIGN_IN_TOKEN", token)]).Build());
        using var signIns = new SignIns(Options.Create(options), new HostingEnvironment { EnvironmentName = environment }, TimeProvider.System);

        Assert.Equal(counts, signIns.AuthenticateLink(token, remote is null ? null : IPAddress.Parse(remote)) is not null);
    }

    [Fact]
    public async Task Requests_of_other_sites_are_refused_and_their_links_lead_to_the_page()
    {
        var id = await Ledger.HoldAsync();

        foreach (var headers in new[]
        {
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate",
            "Origin: https://evil.example", "Origin: null",
        })
        {
            var (status, text) = await SendAsync(
                $"POST /ops/orders/{id}/reject HTTP/1.1", $"{headers}\r\nAuthorization: Bearer {OperationsHost.Token}\r\nContent-Length: 16\r\n\r\n{{\"reason\":\"Ann\"}}");
            Assert.Equal((403, "cross_site"), (status, Code(text)));
        }

        Assert.Equal(403, (await SendAsync("GET /orders HTTP/1.1", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n\r\n")).Status);
        var (linked, page) = await SendAsync(
            "GET /dead HTTP/1.1", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n");
        Assert.Equal(401, linked);
        Assert.Contains("/sign-in?to=%2Fdead\"", page, StringComparison.Ordinal);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Theory]
    [InlineData("/ops/orders/{id}/reject", OperationsHost.Token, 413)]
    [InlineData("/ops/orders/{id}/reject", "wrong", 401)]
    [InlineData("/sign-in", "wrong", 413)]
    public async Task A_body_over_four_kilobytes_is_refused_before_it_is_sent(string path, string token, int status)
    {
        var id = await Ledger.HoldAsync();

        var answer = await SendAsync(
            $"POST {path.Replace("{id}", id, StringComparison.Ordinal)} HTTP/1.1", $"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 4097\r\n\r\n");

        Assert.Equal(status, answer.Status);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    private HttpClient Browser() =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = host.Operations.Address };

    private static string? Code(string response) => (string?)JsonNode.Parse(response[response.IndexOf('{', StringComparison.Ordinal)..(response.LastIndexOf('}') + 1)])!["code"];

    /// <summary>Sends the bytes as they are, and reads until the service closes the connection.</summary>
    private async Task<(int Status, string Text)> SendAsync(string start, string rest)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Operations.Address.Host, host.Operations.Address.Port, Canceled);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"{start}\r\nHost: localhost\r\nConnection: close\r\n{rest}"), Canceled);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var text = await reader.ReadToEndAsync(Canceled);
        return (int.Parse(text["HTTP/1.1 ".Length.."HTTP/1.1 200".Length], System.Globalization.CultureInfo.InvariantCulture), text);
    }

    /// <summary>The service as the AppHost starts it, and a Redis.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public RedisServer Redis { get; private set; } = null!;

        public LedgerKit Ledger { get; private set; } = null!;

        public OperationsHost Operations { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Redis = await RedisServer.StartAsync();
            (Ledger, Operations) = (new LedgerKit(Redis.Connection), new OperationsHost(Redis.ConnectionString, ("OPS_SIGN_IN_TOKEN", Link)));
        }

        public async ValueTask DisposeAsync()
        {
            await Operations.DisposeAsync();
            await Redis.DisposeAsync();
        }
    }
}
