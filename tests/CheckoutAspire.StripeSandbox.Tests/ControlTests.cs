using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary><c>/sandbox</c>: sessions, events and deliveries, and the actions of buyer, bank and clock.</summary>
[Trait("loop", "long")]
public sealed partial class ControlTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_root_is_the_control_page_and_unknown_paths_do_not_exist()
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true });

        var root = await http.GetStringAsync(sandbox.Address, Cancellation);

        Assert.Equal(await http.GetStringAsync(new Uri(sandbox.Address, "/sandbox"), Cancellation), root);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(sandbox.Address, "/nowhere"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_session_is_declined_and_paid_by_buttons()
    {
        var session = await sandbox.CreateAsync();
        var page = await OpenAsync();

        await Button(page, "decline", session).ClickAsync();
        await Expect(page.Locator("#notice")).ToHaveTextAsync("Done.");
        var declined = await sandbox.GetAsync(session.Id);
        await Button(page, "pay", session).ClickAsync();
        await Expect(Row(page, session)).ToContainTextAsync("complete");

        Assert.Equal(("open", "unpaid"), (declined.Status, declined.PaymentStatus));
        Assert.NotNull(declined.PaymentIntentId);
        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
        await Expect(Row(page, session).GetByRole(AriaRole.Button)).ToHaveTextAsync(["refund", "dispute", "inquire"]);
        await Browser.ScreenshotAsync(page, "controls");
    }

    [Theory]
    [InlineData("settle", "paid")]
    [InlineData("fail", "unpaid")]
    public async Task A_debit_is_settled_or_failed_by_a_button(string action, string status)
    {
        var session = await sandbox.CreateAsync(options => options.AllowedPaymentMethodTypes = ["us_bank_account"]);
        var page = await OpenAsync();
        await Button(page, "pay", session).ClickAsync();

        await Button(page, action, session).ClickAsync();

        await Expect(Button(page, action, session)).ToHaveCountAsync(0);
        Assert.Equal(("complete", status), ((await sandbox.GetAsync(session.Id)).Status, (await sandbox.GetAsync(session.Id)).PaymentStatus));
    }

    [Fact]
    public async Task A_session_is_expired_by_a_button()
    {
        var session = await sandbox.CreateAsync();
        var page = await OpenAsync();

        await Button(page, "expire", session).ClickAsync();

        await Expect(Row(page, session)).ToContainTextAsync("expired");
        Assert.Equal("expired", (await sandbox.GetAsync(session.Id)).Status);
    }

    [Fact]
    public async Task The_page_shows_deliveries_and_sends_an_event_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync(500);
        await using var delivering = new SandboxServer(new()
        {
            ["SANDBOX_WEBHOOK_URL"] = receiver.Url,
            ["Sandbox:RetryDelays"] = "10:00:00",
        });
        var session = await delivering.CreateAsync();
        await new SessionService(delivering.Stripe).ExpireAsync(session.Id, cancellationToken: Cancellation);
        await receiver.NextAsync("checkout.session.expired");
        var page = await pages.OpenAsync();
        await page.GotoAsync(new Uri(delivering.Address, "/sandbox").ToString());

        // The status is a cell of its own: "500" may also be a part of the receiver's port.
        var refused = page.Locator("#deliveries tbody tr").Filter(new() { Has = page.Locator("td:nth-child(4)", new() { HasTextRegex = StatusOf500() }) });
        await Expect(refused).ToHaveCountAsync(1);
        await Expect(refused).ToContainTextAsync(receiver.Url);

        await page.Locator("#events tbody tr").Filter(new() { HasText = "checkout.session.expired" }).GetByRole(AriaRole.Button).ClickAsync();

        var again = await receiver.NextAsync("checkout.session.expired");
        Assert.Contains(session.Id, again.Body, StringComparison.Ordinal);
        var delivered = page.Locator("#deliveries tbody tr").Filter(new() { HasText = "checkout.session.expired" });
        await Expect(delivered.Locator("td").Nth(3)).ToHaveTextAsync("200");
    }

    [Fact]
    public async Task A_fault_is_added_and_cleared_on_the_page()
    {
        await using var own = new SandboxServer();
        var page = await pages.OpenAsync();
        await page.GotoAsync(new Uri(own.Address, "/sandbox").ToString());

        await page.SelectOptionAsync("#kind", "event_duplicated");
        await page.FillAsync("#filter", "checkout.session.*");
        await page.FillAsync("#count", "2");
        await page.ClickAsync("#orderFault");
        await Expect(page.Locator("#faults tbody tr")).ToContainTextAsync("checkout.session.*");
        await page.Locator("#faults tbody").GetByRole(AriaRole.Button).ClickAsync();

        await Expect(page.Locator("#faults tbody tr")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("sessions/cs_test_none/pay", HttpStatusCode.NotFound, "There is no session cs_test_none.")]
    [InlineData("refunds/re_none/fail", HttpStatusCode.NotFound, "There is no refund re_none.")]
    [InlineData("refunds/newest/succeed", HttpStatusCode.NotFound, "There is no refund to succeed.")]
    [InlineData("disputes/newest/win", HttpStatusCode.NotFound, "There is no dispute to win.")]
    [InlineData("subscriptions/newest/bill", HttpStatusCode.NotFound, "There is no subscription to bill.")]
    [InlineData("events/evt_none/resend", HttpStatusCode.NotFound, "There is no event evt_none.")]
    public async Task An_unknown_object_is_reported(string path, HttpStatusCode status, string sentence)
    {
        using var client = sandbox.Anonymous();
        using var response = await client.PostAsync($"/sandbox/{path}", null, Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(sentence, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["error"]);
    }

    [Fact]
    public async Task An_impossible_action_is_rejected_with_the_possible_ones()
    {
        var session = await sandbox.CreateAsync();

        var settle = await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/settle", new { });
        await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/expire", new { });
        var pay = await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/pay", new { });

        Assert.Equal("The session is open and unpaid. Possible actions: pay, decline, expire.", (string?)settle["error"]);
        Assert.Equal("No action is possible: the session is expired and unpaid.", (string?)pay["error"]);
    }

    [Fact]
    public async Task Any_event_can_be_sent_also_of_a_connected_account()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sending = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });

        var sent = await sending.PostAsync(
            "/sandbox/events",
            new { type = "checkout.session.completed", account = "acct_other", @object = new { id = "cs_test_1", @object = "checkout.session", status = "frozen" } });
        var webhook = await receiver.NextAsync("checkout.session.completed");
        var body = JsonNode.Parse(webhook.Body)!;

        Assert.Equal(((string?)sent["id"], "acct_other"), ((string?)body["id"], (string?)body["account"]));
        Assert.Equal("frozen", (string?)body["data"]!["object"]!["status"]);
        Assert.Equal("checkout.session.completed", Stripe.EventUtility.ConstructEvent(webhook.Body, webhook.Signature, SandboxServer.WebhookSecret).Type);
    }

    [Theory]
    [InlineData("{\"type\":\"Nothing\",\"object\":{\"id\":\"x\"}}", "`type` must be an event type, for example checkout.session.completed.")]
    [InlineData("{\"type\":\"invoice.paid\"}", "`object` must be an object with an `id`.")]
    [InlineData("{\"type\":\"invoice.paid\",\"object\":{\"id\":1}}", "`object` must be an object with an `id`.")]
    public async Task An_event_without_a_type_or_an_object_is_rejected(string body, string sentence)
    {
        var answer = await sandbox.PostAsync("/sandbox/events", JsonNode.Parse(body)!);

        Assert.Equal(sentence, (string?)answer["error"]);
    }

    [Theory]
    [InlineData("pay", "complete", "paid")]
    [InlineData("decline", "open", "unpaid")]
    [InlineData("expire", "expired", "unpaid")]
    public async Task The_newest_open_session_is_controlled_without_its_id(string action, string status, string paymentStatus)
    {
        var older = await sandbox.CreateAsync();
        var newest = await sandbox.CreateAsync();
        var expired = await sandbox.CreateAsync();
        await sandbox.PostAsync($"/sandbox/sessions/{expired.Id}/expire", new { });

        var answer = await sandbox.PostAsync($"/sandbox/sessions/newest/{action}", new { });

        Assert.Equal((newest.Id, status, paymentStatus), ((string?)answer["id"], (string?)answer["status"], (string?)answer["payment_status"]));
        Assert.Equal("open", (await sandbox.GetAsync(older.Id)).Status);
    }

    [Theory]
    [InlineData("settle", "paid")]
    [InlineData("fail", "unpaid")]
    public async Task The_newest_debit_is_controlled_without_its_id(string action, string paymentStatus)
    {
        var session = await sandbox.CreateAsync(options => options.AllowedPaymentMethodTypes = ["us_bank_account"]);
        await sandbox.PostAsync("/sandbox/sessions/newest/pay", new { });
        await sandbox.CreateAsync();

        var answer = await sandbox.PostAsync($"/sandbox/sessions/newest/{action}", new { });

        Assert.Equal((session.Id, paymentStatus), ((string?)answer["id"], (string?)answer["payment_status"]));
    }

    [Theory]
    [InlineData("pay", "There is no session to pay.")]
    [InlineData("fail", "There is no session to fail.")]
    public async Task Without_a_newest_session_the_control_answers_404(string action, string sentence)
    {
        await using var empty = new SandboxServer();
        using var client = empty.Anonymous();

        using var response = await client.PostAsync($"/sandbox/sessions/newest/{action}", null, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(sentence, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["error"]);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Host", "evil.example", HttpStatusCode.BadRequest)]
    public async Task Pages_of_other_sites_cannot_use_the_controls(string header, string value, HttpStatusCode expected)
    {
        var session = await sandbox.CreateAsync();
        using var client = sandbox.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/sandbox/sessions/{session.Id}/pay");
        request.Headers.TryAddWithoutValidation(header, value);

        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
    }

    [Fact]
    public async Task The_state_contains_no_data_of_the_buyer()
    {
        var session = await sandbox.CreateAsync(options => options.CustomerEmail = "secret@example.com");
        await sandbox.PayByCardAsync(session);
        using var client = sandbox.Anonymous();

        var state = await client.GetStringAsync("/sandbox/state", Cancellation);

        Assert.Contains(session.Id, state, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com", state, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada ", state, StringComparison.Ordinal);
    }

    [GeneratedRegex("^500$")]
    private static partial Regex StatusOf500();

    private static ILocator Row(IPage page, Session session) =>
        page.Locator("#sessions tbody tr").Filter(new() { HasText = session.Id[^12..] });

    private static ILocator Button(IPage page, string action, Session session) =>
        page.GetByRole(AriaRole.Button, new() { Name = $"{action} {session.Id[^12..]}", Exact = true });

    private async Task<IPage> OpenAsync()
    {
        var page = await pages.OpenAsync();
        // The address that ./run prints shows the controls.
        await page.GotoAsync(sandbox.Address.ToString());
        return page;
    }
}
