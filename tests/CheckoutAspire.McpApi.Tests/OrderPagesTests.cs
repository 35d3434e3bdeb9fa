using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

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
    [InlineData(null, "open", "Confirming your payment", "To pay", true)]
    [InlineData(PaymentStatusChange.Paid, "fulfilled", "Your order is confirmed", "Paid", false)]
    [InlineData(PaymentStatusChange.Processing, "processing", "Your payment is on its way", "Total", true)]
    [InlineData(PaymentStatusChange.Failed, "failed", "Your payment failed", "Total", false)]
    public async Task The_success_page_shows_the_orders_state(PaymentStatusChange? fact, string state, string title, string total, bool refreshes)
    {
        var id = await SellMugAsync();
        if (fact is { } known)
        {
            await Factory.ApplyAsync(id, known);
        }

        var page = await GetAsync($"/checkout/success?session_id={id}");

        AssertShows(page, state, title);
        Assert.Contains($"<dt>{total}</dt><dd>$99.98</dd>", page, StringComparison.Ordinal);
        Assert.Equal(refreshes, page.Contains("<script>", StringComparison.Ordinal));
        Assert.Equal(state == "open", page.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal));
        Assert.Equal(state, await StateAsync(id));
        Assert.Equal(state, (await CallAsync("get_checkout", new() { ["session_id"] = id })).GetProperty("buyer_status").GetString());
    }

    [Fact]
    public async Task A_page_lists_lines_with_quantities_and_amounts_and_the_number_that_the_tool_returns()
    {
        var id = await SellMugAsync();

        var page = await GetAsync($"/checkout/success?session_id={id}");

        Assert.Contains("<span class=\"name\">Red mug</span><span class=\"details\">2 × $49.99</span>", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"amount\">$99.98</span>", page, StringComparison.Ordinal);
        var number = (await CallAsync("get_checkout", new() { ["session_id"] = id })).GetProperty("order_number").GetString()!;
        Assert.Equal((await Ledger.FindAsync(id))!.Number, number);
        Assert.Contains($"Order number <strong>{number}</strong>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paid_order_that_is_not_fulfilled_is_paid_and_being_prepared()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, lease: TimeSpan.FromMinutes(1));

        AssertShows(await GetAsync($"/checkout/success?session_id={id}"), "paid", "Paid, being prepared");
    }

    [Fact]
    public async Task A_review_shows_neither_its_cause_nor_an_operators_words_and_its_end_is_shown()
    {
        var rejected = await SellMugAsync();
        var approved = await SellMugAsync();
        foreach (var id in (string[])[rejected, approved])
        {
            await Factory.ApplyAsync(id, PaymentStatusChange.Paid, amount: 1234);
            var page = await GetAsync($"/checkout/success?session_id={id}");

            AssertShows(page, "in_review", "Your order is being checked");
            Assert.DoesNotContain("amount_subtotal", page, StringComparison.Ordinal);
            Assert.Contains("<dt>Paid</dt><dd>$12.34</dd>", page, StringComparison.Ordinal);

            // The lines do not add up to the payment.
            Assert.Contains("<span class=\"name\">Red mug</span></div></li>", page, StringComparison.Ordinal);
        }

        var operators = Factory.Services.GetRequiredService<OperatorLedger>();
        await operators.DecideAsync(rejected, approve: false, "Fraud by this buyer");
        await operators.DecideAsync(approved, approve: true, "Known buyer");

        var end = await GetAsync($"/checkout/success?session_id={rejected}");
        AssertShows(end, "rejected", "The seller declined your order");
        Assert.Contains("The seller refunds you $12.34.", end, StringComparison.Ordinal);
        Assert.DoesNotContain("Fraud", end, StringComparison.Ordinal);
        AssertShows(await GetAsync($"/checkout/success?session_id={approved}"), "paid", "Paid, being prepared");

        await ReturnAsync(rejected, ReturnKind.Refund, "re_1", "succeeded", 1234);

        AssertShows(await GetAsync($"/checkout/success?session_id={rejected}"), "refunded", "Your payment was refunded");
    }

    [Fact]
    public async Task A_refund_is_shown_with_its_amount_until_it_fails()
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        await ReturnAsync(id, ReturnKind.Refund, "re_1", "succeeded", 1000);
        var partly = await GetAsync($"/checkout/success?session_id={id}");
        await ReturnAsync(id, ReturnKind.Refund, "re_2", "pending", 8998);
        var whole = await GetAsync($"/checkout/success?session_id={id}");
        await ReturnAsync(id, ReturnKind.Refund, "re_2", "failed", 8998);
        var failed = await GetAsync($"/checkout/success?session_id={id}");

        AssertShows(partly, "partly_refunded", "Part of your payment was refunded");
        Assert.Contains("The seller refunded $10.00.", partly, StringComparison.Ordinal);
        Assert.Contains("<dt>Refunded</dt><dd>$10.00</dd>", partly, StringComparison.Ordinal);
        AssertShows(whole, "refunded", "Your payment was refunded");
        Assert.Contains("The seller refunded $99.98.", whole, StringComparison.Ordinal);
        AssertShows(failed, "partly_refunded", "Part of your payment was refunded");
        Assert.Equal(1000, (await CallAsync("get_checkout", new() { ["session_id"] = id })).GetProperty("amount_refunded").GetInt64());
    }

    [Theory]
    [InlineData("needs_response", "disputed", "Your bank is looking into this payment")]
    [InlineData("warning_needs_response", "disputed", "Your bank is looking into this payment")]
    [InlineData("lost", "returned", "Your bank returned this payment")]
    [InlineData("won", "fulfilled", "Your order is confirmed")]
    public async Task A_dispute_is_shown_in_neutral_words(string status, string state, string title)
    {
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        await ReturnAsync(id, ReturnKind.Dispute, "du_1", status, 9998);

        AssertShows(await GetAsync($"/checkout/success?session_id={id}"), state, title);
    }

    [Fact]
    public async Task A_session_that_ends_before_its_time_was_canceled_and_one_that_ends_at_its_time_has_expired()
    {
        var canceled = await SellMugAsync();
        await Factory.ApplyAsync(canceled, PaymentStatusChange.Expired);
        var expired = LedgerKit.NewSessionId();
        await Ledger.RecordAsync(Order(expired) with { ExpiresAt = TimeProvider.System.GetUtcNow() });
        await Factory.ApplyAsync(expired, PaymentStatusChange.Expired);

        AssertShows(await GetAsync($"/checkout/success?session_id={canceled}"), "canceled", "This checkout was canceled");
        AssertShows(await GetAsync($"/checkout/cancel?session_id={expired}"), "expired", "This checkout has expired");
    }

    [Fact]
    public async Task Amounts_are_those_that_were_paid_with_what_changed_the_total()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.RecordAsync(Order(id) with { TotalVaries = true });
        var fact = LedgerKit.Fact(id) with { AmountTotal = 8498 };
        await Factory.Services.GetRequiredService<OrderTransitions>().ApplyAsync(fact, LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        var page = await GetAsync($"/checkout/success?session_id={id}");

        Assert.Contains("<dt>Subtotal</dt><dd>$99.98</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>Discounts, tax and shipping</dt><dd>-$15.00</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>Paid</dt><dd>$84.98</dd>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_without_a_payment_says_that_nothing_is_to_pay()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.RecordAsync(Order(id) with { TotalVaries = true });
        var fact = LedgerKit.Fact(id) with { AmountTotal = 0, PaymentStatus = "no_payment_required" };
        await Factory.Services.GetRequiredService<OrderTransitions>().ApplyAsync(fact, LedgerKit.NoEntry, livemode: false, TimeSpan.FromMinutes(1));

        var page = await GetAsync($"/checkout/success?session_id={id}");

        AssertShows(page, "paid", "Paid, being prepared");
        Assert.Contains("There is nothing to pay", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_charged_again_says_so_and_one_without_a_price_has_a_quantity()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.RecordAsync(Order(id) with
        {
            Mode = "subscription",
            LineItems = [new OrderLine { Name = "Plan", Quantity = 3, Recurring = true }, new OrderLine { Quantity = 1, UnitAmount = 9998 }],
        });

        var page = await GetAsync($"/checkout/success?session_id={id}");

        Assert.Contains("<span class=\"name\">Plan</span><span class=\"details\">Quantity: 3 · renews automatically</span>", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"name\">Product</span><span class=\"details\">Quantity: 1</span>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", "en", "de", "99,98&#xA0;$", "Bezahlt")]
    [InlineData("", "fr-CH, en;q=0.5", "fr", "99,98&#xA0;$US", "Payé")]
    [InlineData("auto", "ja", "ja", "$99.98", "お支払い済み")]
    [InlineData("pt", "", "en", "$99.98", "Paid")]
    public async Task A_page_is_in_the_language_of_the_session_or_of_the_browser(
        string locale, string acceptLanguage, string language, string amount, string label)
    {
        Stripe.Next(context => SellInAsync(context, locale));
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Factory.Address, $"/checkout/success?session_id={id}"));
        request.Headers.TryAddWithoutValidation("Accept-Language", acceptLanguage);

        using var response = await _browser.SendAsync(request, Cancellation);
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Equal(language, Assert.Single(response.Content.Headers.ContentLanguage));
        Assert.Contains($"<dt>{label}</dt><dd>{amount}</dd>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_names_the_seller_and_links_to_shop_and_support()
    {
        await using var factory = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder => builder
            .UseSetting("CHECKOUT_SELLER_NAME", "Mugs & More")
            .UseSetting("CHECKOUT_SUPPORT_URL", "mailto:help@shop.example")
            .UseSetting("CHECKOUT_SHOP_URL", "https://shop.example/start"));

        var page = await _browser.GetStringAsync(new Uri(factory.Address, "/checkout/success"), Cancellation);

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
        using var response = await _browser.GetAsync(new Uri(Factory.Address, "/checkout/success"), Cancellation);

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
        using var unknown = await _browser.GetAsync(new Uri(Factory.Address, "/nowhere"), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static void AssertShows(string page, string state, string title)
    {
        Assert.Contains($"data-state=\"{state}\"", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{title}</h1>", page, StringComparison.Ordinal);
    }

    private static NewOrder Order(string id) => new()
    {
        SessionId = id,
        OrderRef = "ord_" + id,
        AmountSubtotal = 9998,
        AmountTotal = 9998,
        Currency = "usd",
        Livemode = false,
        Mode = "payment",
        ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
        CheckoutUrl = "https://checkout.stripe.example/c/pay/" + id,
        ProductName = "Red mug",
        LineItems = [new OrderLine { Name = "Red mug", Quantity = 2, UnitAmount = 4999 }],
    };

    private async Task SellInAsync(HttpContext context, string locale)
    {
        var form = (await context.Request.ReadFormAsync(Cancellation)).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        var session = Stripe.Session(form);
        session["locale"] = locale.Length == 0 ? null : JsonValue.Create(locale);
        Stripe.Add(session);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(session.ToJsonString(), Cancellation);
    }

    private Task ReturnAsync(string id, ReturnKind kind, string returned, string status, long amount) =>
        Factory.Services.GetRequiredService<OrderTransitions>()
            .RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(kind, returned, status, amount));

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
