using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Which state, lines and amounts the buyer's pages show.</summary>
public sealed class OrderPagesTests(RedisFixture redis) : OrderPageTest(redis)
{
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
    public async Task A_page_is_in_the_language_of_the_session_or_of_theBrowser(
        string locale, string acceptLanguage, string language, string amount, string label)
    {
        Stripe.Next(context => SellInAsync(context, locale));
        var id = await SellMugAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Factory.Address, $"/checkout/success?session_id={id}"));
        request.Headers.TryAddWithoutValidation("Accept-Language", acceptLanguage);

        using var response = await Browser.SendAsync(request, Cancellation);
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Equal(language, Assert.Single(response.Content.Headers.ContentLanguage));
        Assert.Contains($"<dt>{label}</dt><dd>{amount}</dd>", page, StringComparison.Ordinal);
    }
}
