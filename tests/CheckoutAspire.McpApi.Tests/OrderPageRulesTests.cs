using System.Net;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The seller's links, the cancel page, and what the buyer's pages never do.</summary>
public sealed class OrderPageRulesTests(RedisFixture redis) : OrderPageTest(redis)
{
    [Fact]
    public async Task A_page_names_the_seller_and_links_to_shop_and_support()
    {
        await using var factory = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder => builder
            .UseSetting("CHECKOUT_SELLER_NAME", "Mugs & More")
            .UseSetting("CHECKOUT_SUPPORT_URL", "mailto:help@shop.example")
            .UseSetting("CHECKOUT_SHOP_URL", "https://shop.example/start"));

        var page = await Browser.GetStringAsync(new Uri(factory.Address, "/checkout/success"), Cancellation);

        Assert.Contains("<title>There is no order to show here · Mugs &amp; More</title>", page, StringComparison.Ordinal);
        Assert.Contains("<header>Mugs &amp; More</header>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"https://shop.example/start\" rel=\"noreferrer\">Back to the shop</a>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"mailto:help@shop.example\" rel=\"noreferrer\">Contact Mugs &amp; More</a>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opening_the_success_page_fulfills_nothing()
    {
        var id = await SellMugAsync();

        await GetAsync($"/checkout/success?session_id={id}");
        await GetAsync($"/checkout/success?session_id={id}&payment_status=paid&status=complete");

        var order = (await Ledger.FindAsync(id))!;
        Assert.Equal(OrderState.Created, order.State);
        Assert.Equal(0, order.Fulfillments);
        Assert.Single(order.Timeline);
    }

    [Fact]
    public async Task The_cancel_page_leads_back_to_the_open_payment_page()
    {
        var checkout = await SellAsync();
        var id = checkout.GetProperty("session_id").GetString();

        var page = await GetAsync($"/checkout/cancel?session_id={id}");

        AssertShows(page, "open", "You have not paid yet");
        Assert.Contains($"href=\"{checkout.GetProperty("checkout_url").GetString()}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cancel_page_of_a_paid_order_shows_that_it_is_paid()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        var page = await GetAsync($"/checkout/cancel?session_id={id}");

        AssertShows(page, "fulfilled", "Your order is confirmed");
        Assert.DoesNotContain("<a ", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?session_id=")]
    [InlineData("?session_id=cs_test_neverheardof")]
    [InlineData("?session_id=%3Cscript%3Ealert(1)%3C/script%3E")]
    [InlineData("?session_id=cs_test_a%0aneverheardof")]
    [InlineData("?session_id=cs_test_neverheardof&session_id=cs_test_neverheardof")]
    [InlineData("?session_id=co:{p0}:order:neverheardof&name=neverheardof")]
    public async Task An_unknown_id_gets_the_neutral_page_and_is_not_echoed(string query)
    {
        var neutral = await GetAsync("/checkout/success");

        foreach (var path in (string[])["/checkout/success", "/checkout/cancel"])
        {
            var page = await GetAsync(path + query);

            Assert.Equal(neutral, page);
            Assert.Contains("data-state=\"unknown\"", page, StringComparison.Ordinal);
            Assert.DoesNotContain("neverheardof", page, StringComparison.Ordinal);
            Assert.DoesNotContain("alert(1)", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_product_name_is_shown_as_text_and_nothing_about_the_buyer_is_shown()
    {
        var checkout = await SellAsync(
            ("product_name", "<script>alert(1)</script>{{script}}{amount}"), ("customer_email", "buyer@example.com"), ("buyer_ref", "buyer-7"),
            ("client_reference_id", "client-9"));

        var page = await GetAsync($"/checkout/success?session_id={checkout.GetProperty("session_id").GetString()}");

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;{{script}}{amount}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert(1)", page, StringComparison.Ordinal);
        Assert.DoesNotContain("buyer@example.com", page, StringComparison.Ordinal);
        Assert.DoesNotContain("buyer-7", page, StringComparison.Ordinal);
        Assert.DoesNotContain("client-9", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pages_are_neither_cached_nor_framed_nor_do_they_load_anything()
    {
        using var response = await Browser.GetAsync(new Uri(Factory.Address, "/checkout/success"), Cancellation);

        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_says_what_this_service_is_and_unknown_paths_do_not_exist()
    {
        Assert.Contains("/mcp", await GetAsync("/"), StringComparison.Ordinal);
        using var unknown = await Browser.GetAsync(new Uri(Factory.Address, "/nowhere"), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }
}
