using System.Net;
using System.Text.Json;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Our own links of payment pages, against the sandbox, whose links are as long as Stripe's.</summary>
public sealed class ShortLinkTests(RedisFixture redis) : SandboxTest(redis)
{
    private readonly HttpClient _buyer = new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true });

    private IDatabase Database => Redis.Connection.GetDatabase();

    public override ValueTask DisposeAsync()
    {
        _buyer.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task A_short_link_redirects_to_the_session_s_own_page()
    {
        var checkout = await SellAsync();
        var session = await SessionAsync(checkout);

        using var response = await OpenAsync(LinkOf(checkout));

        Assert.Matches("^https://shop\\.example/pay/[0-9a-z]{20}$", LinkOf(checkout));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal(session.Url, response.Headers.Location?.OriginalString);
        Assert.InRange(session.Url.Length, 400, 1000);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
    }

    [Fact]
    public async Task Every_tool_returns_the_same_link_for_a_checkout()
    {
        var key = Guid.NewGuid().ToString();
        var sold = await SellAsync(key);
        var again = await SellAsync(key);
        var found = await CallAsync("get_checkout", new() { ["session_id"] = sold.GetProperty("session_id").GetString() });
        var listed = (await CallAsync("list_checkouts", [])).GetProperty("checkouts")[0];

        Assert.All([again, found, listed], checkout => Assert.Equal(LinkOf(sold), LinkOf(checkout)));
    }

    [Theory]
    [InlineData(PaymentStatusChange.Paid)]
    [InlineData(PaymentStatusChange.Expired)]
    public async Task Once_the_session_is_over_a_link_leads_to_the_order(PaymentStatusChange fact)
    {
        var checkout = await SellAsync();
        await Factory.ApplyAsync(checkout.GetProperty("session_id").GetString()!, fact);

        using var response = await OpenAsync(LinkOf(checkout));

        Assert.Equal("/checkout/cancel?session_id=" + checkout.GetProperty("session_id").GetString(), response.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("00000000000000000000")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("x")]
    [InlineData("..%2F..%2Fetc")]
    public async Task An_unknown_link_is_not_found(string id)
    {
        using var response = await OpenAsync("https://shop.example/pay/" + id);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/c/pay/cs_test_1")]
    [InlineData("https://checkout.stripe.com.evil.example/c/pay/cs_test_1")]
    [InlineData("https://checkout.stripe.com@evil.example/c/pay/cs_test_1")]
    [InlineData("http://checkout.stripe.com/c/pay/cs_test_1")]
    [InlineData("javascript:alert(1)")]
    public async Task A_link_redirects_nowhere_but_to_Stripe_and_this_server(string address)
    {
        var checkout = await SellAsync();
        var id = checkout.GetProperty("session_id").GetString()!;
        await Database.HashSetAsync(Factory.Services.GetRequiredService<LedgerPartitions>().Of(id).Order(id), "checkout_url", address);

        using var response = await OpenAsync(LinkOf(checkout));

        Assert.Equal("/checkout/cancel?session_id=" + id, response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_page_at_another_address_has_no_link_of_ours()
    {
        var links = Factory.Services.GetRequiredService<ShortLinks>();

        var elsewhere = await links.CreateAsync(new Session { Id = "cs_test_1", Url = "https://pay.shop.example/c/pay/cs_test_1" });
        var stripes = await links.CreateAsync(
            new Session { Id = "cs_test_1", Url = "https://checkout.stripe.com/c/pay/cs_test_1#fid", ExpiresAt = TimeProvider.System.GetUtcNow().UtcDateTime });

        Assert.Equal("", elsewhere);
        Assert.Equal(20, stripes.Length);
    }

    [Fact]
    public async Task A_link_is_forgotten_a_day_after_its_session()
    {
        var link = LinkOf(await SellAsync());

        var left = await Database.KeyTimeToLiveAsync("co:pay:" + link[^20..]);

        Assert.InRange(left!.Value, TimeSpan.FromHours(24.4), TimeSpan.FromHours(24.6));
    }

    private Task<HttpResponseMessage> OpenAsync(string link) =>
        _buyer.GetAsync(new Uri(Factory.Address, new Uri(link).PathAndQuery), Cancellation);

    private Task<JsonElement> SellAsync(string? key = null) =>
        CallAsync("initiate_checkout", McpApiTest.Mug(("idempotency_key", key ?? Guid.NewGuid().ToString())));

    private static string LinkOf(JsonElement checkout) => checkout.GetProperty("checkout_url").GetString()!;
}
