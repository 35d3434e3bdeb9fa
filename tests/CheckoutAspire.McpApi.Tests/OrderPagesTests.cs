using System.Net;
using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

public sealed class OrderPagesTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly HttpClient _browser = new();

    public override async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(null, "created", "Confirming your payment", true)]
    [InlineData(PaymentStatusChange.Paid, "fulfilled", "Thank you, your order is complete", false)]
    [InlineData(PaymentStatusChange.Processing, "awaiting_payment", "Your payment is on its way", false)]
    [InlineData(PaymentStatusChange.Failed, "failed", "Your payment failed", false)]
    [InlineData(PaymentStatusChange.Expired, "expired", "This checkout has expired", false)]
    public async Task The_success_page_shows_the_orders_state(PaymentStatusChange? fact, string state, string title, bool refreshes)
    {
        var id = await SellMugAsync();
        if (fact is { } known)
        {
            await Factory.ApplyAsync(id, known);
        }

        var page = await GetAsync($"/checkout/success?session_id={id}");

        Assert.Contains($"data-state=\"{state}\"", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{title}</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>99.98 USD</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>Red mug</dd>", page, StringComparison.Ordinal);
        Assert.Equal(refreshes, page.Contains("<script>", StringComparison.Ordinal));
        Assert.Equal(refreshes, page.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal));
        Assert.Equal(state, await StateAsync(id));
    }

    [Fact]
    public async Task A_paid_order_in_fulfillment_is_shown_as_received()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, lease: TimeSpan.FromMinutes(1));

        Assert.Contains("<h1>Payment received</h1>", await GetAsync($"/checkout/success?session_id={id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_in_review_is_shown_as_being_checked()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, amount: 1);

        Assert.Equal("needs_review", await StateAsync(id));
        Assert.Contains("<h1>Your order is being checked</h1>", await GetAsync($"/checkout/success?session_id={id}"), StringComparison.Ordinal);
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

        Assert.Contains("<h1>You have not paid</h1>", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"{checkout.GetProperty("checkout_url").GetString()}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cancel_page_of_a_paid_order_shows_that_it_is_paid()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        var page = await GetAsync($"/checkout/cancel?session_id={id}");

        Assert.Contains("<h1>Thank you, your order is complete</h1>", page, StringComparison.Ordinal);
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
    public async Task A_product_name_is_shown_as_text_whatever_it_holds()
    {
        var checkout = await SellAsync(("product_name", "<script>alert(1)</script>{{script}}"), ("customer_email", "buyer@example.com"));

        var page = await GetAsync($"/checkout/success?session_id={checkout.GetProperty("session_id").GetString()}");

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;{{script}}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert(1)", page, StringComparison.Ordinal);
        Assert.DoesNotContain("buyer@example.com", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pages_are_neither_cached_nor_framed_nor_do_they_load_anything()
    {
        using var response = await _browser.GetAsync(new Uri(Factory.Address, "/checkout/success"), Cancellation);

        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    private async Task<string> SellMugAsync() => (await SellAsync(("quantity", 2))).GetProperty("session_id").GetString()!;

    private async Task<string> GetAsync(string path)
    {
        using var response = await _browser.GetAsync(new Uri(Factory.Address, path), Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private async Task<string?> StateAsync(string id)
    {
        using var state = JsonDocument.Parse(await GetAsync($"/checkout/state?session_id={id}"));
        return state.RootElement.GetProperty("state").GetString();
    }
}
