using System.Text.Json;
using CheckoutAspire.McpApi.Apps;
using CheckoutAspire.McpApi.Localization;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>
/// The buyer's pages and the app in a real browser: axe has no finding, nothing scrolls sideways on a small phone, and pictures are kept in
/// <c>artifacts/screenshots</c>.
/// </summary>
[Trait("loop", "long")]
public sealed class BrowserTests(RedisFixture redis, Browser browser, BrowserTests.Shop shop) : IClassFixture<BrowserTests.Shop>
{
    private static readonly string s_axe = File.ReadAllText(Repository.Npm("axe-core/axe.min.js"));

    private static readonly string[] s_states =
        ["open", "confirming", "paid", "fulfilled", "processing", "in_review", "rejected", "partly_refunded", "expired", "unknown"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("de", ColorScheme.Dark, 360)]
    [InlineData("en", ColorScheme.Light, 1200)]
    public async Task The_buyers_pages_have_no_accessibility_finding_and_fit(string language, ColorScheme scheme, int width)
    {
        var page = await browser.OpenAsync(width, 780, scheme);
        foreach (var state in s_states)
        {
            var id = await shop.OrderAsync(redis, state, language);

            await page.GotoAsync(new Uri(
                shop.Factory(redis).Address, $"/checkout/{(state == "open" ? "cancel" : "success")}?session_id={id}").ToString());

            await Expect(page.Locator("main")).ToHaveAttributeAsync("data-state", state == "confirming" ? "open" : state);
            await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", state == "unknown" ? "en" : language);
            await CheckAsync(page.MainFrame, width, $"page-{state}-{language}-{width}", page);
        }

        await page.Context.DisposeAsync();
    }

    [Theory]
    [InlineData("open", "ja-JP", "light", 360)]
    [InlineData("paid", "fr-FR", "dark", 360)]
    [InlineData("in_review", "en-US", "light", 600)]
    [InlineData("rejected", "de-DE", "dark", 600)]
    [InlineData("refunded", "es-ES", "light", 360)]
    public async Task The_app_shows_an_order_as_the_page_does_and_nothing_that_was_written_for_agents(string state, string locale, string theme, int width)
    {
        var page = await browser.OpenAsync(width, 780, theme == "dark" ? ColorScheme.Dark : ColorScheme.Light);
        await page.SetContentAsync(
            (await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "card-host.html"), Cancellation))
                .Replace("<iframe id=\"view\"", "<style>body{margin:0}iframe{width:100%;height:740px;border:0}</style><iframe id=\"view\" title=\"App\"", StringComparison.Ordinal));
        await page.EvaluateAsync(
            "([card, context]) => show(card, {}, JSON.parse(context))",
            new[] { CheckoutApp.Write("Mugs & More"), JsonSerializer.Serialize(new { theme, locale }) });
        await page.WaitForFunctionAsync("state.initialized");
        await page.EvaluateAsync("result => send({ method: 'ui/notifications/tool-result', params: JSON.parse(result) })", Result(state));

        var app = page.FrameLocator("#view").Locator("#card");
        await Expect(app).ToHaveAttributeAsync("data-state", state);
        var language = Language.Of(locale, default);
        await Expect(app).ToContainTextAsync("7K3V9-QWX2M");
        await Expect(app).ToContainTextAsync("Mugs & More");
        await Expect(app).ToContainTextAsync(language.Fill("label.units", ("quantity", "2"), ("price", language.Money(4999, "eur"))));
        await Expect(app).ToContainTextAsync(language.Money(8498, "eur"));
        await Expect(app).ToContainTextAsync(language[state == "open" ? "card.open" : "title." + state]);
        await Expect(app).Not.ToContainTextAsync("amount_subtotal");
        await Expect(page.FrameLocator("#view").Locator("html")).ToHaveAttributeAsync("lang", language.Tag);
        await CheckAsync(page.Frames[1], width, $"app-{state}-{language.Tag}-{width}", page);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_pages_write_amounts_as_browsers_do()
    {
        (long Amount, string Currency, int Decimals)[] amounts =
            [(9998, "usd", 2), (123456, "eur", 2), (123456789, "gbp", 2), (500, "jpy", 0), (1234567, "jpy", 0), (12340, "kwd", 3), (1200, "chf", 2), (-500, "eur", 2)];
        var page = await browser.OpenAsync();

        foreach (var language in Language.All)
        {
            foreach (var (amount, currency, decimals) in amounts)
            {
                var written = await page.EvaluateAsync<string>(
                    "([language, currency, digits, value]) => new Intl.NumberFormat(language, "
                    + "{ style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)",
                    new object[] { language.Tag, currency, decimals, amount / Math.Pow(10, decimals) });

                Assert.Equal(written, language.Money(amount, currency));
            }
        }
    }

    [Fact]
    public async Task An_open_page_shows_the_next_state_by_itself()
    {
        var id = await shop.OrderAsync(redis, "confirming", "en");
        var page = await browser.OpenAsync();
        await page.GotoAsync(new Uri(shop.Factory(redis).Address, $"/checkout/success?session_id={id}").ToString());

        await shop.Factory(redis).ApplyAsync(id, PaymentStatusChange.Paid);

        await Expect(page.Locator("h1")).ToHaveTextAsync("Your order is confirmed");
    }

    private static async Task CheckAsync(IFrame frame, int width, string name, IPage page)
    {
        await Browser.ScreenshotAsync(page, name);

        // Evaluated instead of added as a script, because the page's policy blocks foreign scripts.
        await frame.EvaluateAsync(s_axe);
        var findings = await frame.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations.map(v => `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)");
        Assert.True(findings.Length == 0, $"{name}: {string.Join("; ", findings)}");
        Assert.Equal(width, await frame.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    private static string Result(string state) => JsonSerializer.Serialize(new
    {
        content = Array.Empty<object>(),
        structuredContent = new
        {
            session_id = "cs_test_1",
            status = state == "open" ? "open" : "complete",
            payment_status = state == "open" ? "unpaid" : "paid",
            order_state = state is "open" ? "created" : state is "paid" ? "claimed" : "needs_review",
            buyer_status = state,
            order_number = "7K3V9-QWX2M",
            reason = "amount_subtotal 9998 was sold",
            error = "amount_subtotal",
            amount_subtotal = 9998,
            amount_total = 8498,
            amount_refunded = state == "refunded" ? 8498 : (int?)null,
            currency = "eur",
            livemode = false,
            checkout_url = "https://checkout.example/pay",
            line_items = new[] { new { product_name = "Red mug", quantity = 2, price_cents = 4999 } },
        },
    });

    /// <summary>The service with a seller, and its orders in each state.</summary>
    public sealed class Shop : IAsyncDisposable
    {
        private readonly Lock _start = new();
        private McpApiFactory? _factory;

        internal McpApiFactory Factory(RedisFixture redis)
        {
            lock (_start)
            {
                return _factory ??= new McpApiFactory(redis.Server.ConnectionString, "http://127.0.0.1:1", builder => builder
                    .UseSetting("CHECKOUT_SELLER_NAME", "Mugs & More")
                    .UseSetting("CHECKOUT_SUPPORT_URL", "mailto:help@shop.example")
                    .UseSetting("CHECKOUT_SHOP_URL", "https://shop.example"));
            }
        }

        public async ValueTask DisposeAsync() => await (_factory?.DisposeAsync() ?? default);

        internal async Task<string> OrderAsync(RedisFixture redis, string state, string language)
        {
            var (id, factory) = (LedgerKit.NewSessionId(), Factory(redis));
            if (state == "unknown")
            {
                return id;
            }

            await factory.Services.GetRequiredService<OrderLedger>().RecordAsync(new NewOrder
            {
                SessionId = id,
                OrderRef = "ord_" + id,
                AmountSubtotal = 9998 + 1200,
                AmountTotal = 9998 + 1200,
                Currency = "usd",
                Livemode = false,
                Mode = "payment",
                ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(state == "expired" ? 0 : 31),
                CheckoutUrl = "https://checkout.stripe.example/c/pay/" + id,
                TotalVaries = true,
                Locale = language,
                LineItems =
                [
                    new OrderLine { Name = "Red mug", Quantity = 2, UnitAmount = 4999 },
                    new OrderLine { Name = "Anextraordinarilylongnamethatnobreakwouldeverdivideforasmallphone", Quantity = 1, UnitAmount = 1200 },
                ],
            });
            var transitions = factory.Services.GetRequiredService<OrderTransitions>();
            if (state is not ("open" or "confirming"))
            {
                var fact = LedgerKit.Fact(id, state switch
                {
                    "processing" => PaymentStatusChange.Processing,
                    "expired" => PaymentStatusChange.Expired,
                    _ => PaymentStatusChange.Paid,
                }) with
                {
                    AmountSubtotal = 9998 + 1200,
                    AmountTotal = 9998,
                    Suspicion = state is "in_review" or "rejected" ? "the worker found something" : "",
                };
                await transitions.ApplyAsync(fact, LedgerKit.NoEntry, livemode: false, state == "paid" ? TimeSpan.FromHours(1) : TimeSpan.Zero);
            }

            if (state == "rejected")
            {
                await factory.Services.GetRequiredService<OperatorLedger>().DecideAsync(id, approve: false, "An operator's words");
            }

            if (state == "partly_refunded")
            {
                await transitions.RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", 1000));
            }

            return id;
        }
    }
}
