using System.Net;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class PagesTests : OperationsTest
{
    [Fact]
    public async Task A_page_leads_to_the_sign_in_and_back_and_its_cookie_is_for_this_site_only()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);

        using var asked = await browser.GetAsync("/dead");
        Assert.Equal("/sign-in?to=%2Fdead", asked.Headers.Location!.PathAndQuery);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/dead");

        Assert.Equal("/dead", signedIn.Headers.Location!.OriginalString);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith("operations=", StringComparison.Ordinal));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        using var page = await browser.GetAsync("/dead");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.True(page.Headers.CacheControl!.NoStore);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        using var signedOut = await browser.PostAsync("/sign-out", "/dead");
        using var again = await browser.GetAsync("/dead");
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    public async Task The_sign_in_leads_to_no_other_site(string to)
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);

        using var signedIn = await browser.SignInAsync(OperationsHost.Token, to);

        Assert.Equal("/orders", signedIn.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_wrong_token_opens_nothing()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);

        using var refused = await browser.SignInAsync("wrong", "/orders");

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("This is not the operators&#x27; token.", await refused.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/orders")).StatusCode);
    }

    [Fact]
    public async Task A_cookie_ends_with_its_token_and_holds_on_every_instance()
    {
        await using var first = new OperationsHost(Redis.ConnectionString);
        await using var second = new OperationsHost(Redis.ConnectionString);
        await using var rotated = new OperationsHost(Redis.ConnectionString, ("OPS_TOKEN", "another token of the operators"));
        using var browser = new PageClient(first.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");

        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(new Uri(second.Address, "/owed").ToString())).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(new Uri(rotated.Address, "/owed").ToString())).StatusCode);
    }

    [Fact]
    public async Task The_page_of_the_state_is_complete_without_its_script_and_no_other_page_may_have_one()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/status");
        await HoldAsync();

        using var page = await browser.GetAsync("/status?hours=1");
        using var other = await browser.GetAsync("/orders");
        using var script = await browser.GetAsync("/status.js");

        var text = await page.Content.ReadAsStringAsync(Canceled);
        Assert.Contains("<dt><a href=\"/needs-review\">Needs review</a></dt>", text, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/status?hours=1\">Reload</a>", text, StringComparison.Ordinal);
        Assert.Equal(
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; connect-src 'self'",
            page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.DoesNotContain("script-src", other.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("text/javascript", script.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_form_of_another_site_decides_nothing()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var id = await HoldAsync();

        using var answer = await browser.PostWithoutTokenAsync($"/orders/{id}/approve", ("who", "Ann"), ("why", "forged"), ("hold", "1"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Fact]
    public async Task An_unpaid_order_is_approved_only_by_saying_so_twice()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var id = (await Ledger.SellAsync()).SessionId;
        await Ledger.Transitions.RecordReturnAsync(
            id, await Ledger.AppendAsync(id, type: "none"), LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));
        var path = $"/orders/{id}/approve";

        (string, string)[] reason = [("who", "Ann"), ("why", "a gift"), ("hold", "1")];
        foreach (var incomplete in new[] { reason, [.. reason, ("unpaid", "true")], [.. reason, ("unpaid_word", "unpaid")], [("unpaid", "true"), ("unpaid_word", "unpaid")] })
        {
            using var refused = await browser.PostAsync(path, path, incomplete);
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
        }

        using var approved = await browser.PostAsync(path, path, [.. reason, ("unpaid", "true"), ("unpaid_word", "unpaid")]);
        Assert.Equal($"/orders/{id}?done=approved", approved.Headers.Location!.OriginalString);
        Assert.Equal(OrderFulfillment.Ready, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Fact]
    public async Task An_order_that_nothing_proves_is_approved_only_by_saying_so_twice()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var id = await HoldAsync();
        await Redis.Database.HashSetAsync(Partition.Order(id), "causes", "lost the ledger was lost");
        var path = $"/orders/{id}/approve";
        (string, string)[] reason = [("who", "Ann"), ("why", "seen in the warehouse"), ("hold", "1")];

        using var refused = await browser.PostAsync(path, path, [.. reason, ("unpaid", "true"), ("unpaid_word", "unpaid")]);
        Assert.Equal((HttpStatusCode.Conflict, OrderFulfillment.Held), (refused.StatusCode, (await Ledger.Orders.FindAsync(id))!.Fulfillment));

        using var approved = await browser.PostAsync(path, path, [.. reason, ("unpaid", "true"), ("unpaid_word", "unproven")]);
        Assert.Equal(OrderFulfillment.Ready, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Fact]
    public async Task An_order_is_found_by_its_number_its_references_and_the_beginning_of_its_id()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ledger.SellAsync()));
        var id = await HoldAsync();
        await Redis.Database.HashSetAsync(Partition.Order(id), "client_reference_id", "cart-7");
        await Ledger.Outbox.IndexAsync(id, "pi_indexed", "sub_1");
        await DeadLetterAsync(id);
        var order = (await Ledger.Orders.FindAsync(id))!;

        foreach (var text in new[] { id, id[..20], order.Number, order.OrderRef, order.PaymentIntent!, "cart-7", "pi_indexed", "sub_1", "evt_1", $" {id} " })
        {
            using var answer = await browser.GetAsync("/orders?q=" + Uri.EscapeDataString(text));
            Assert.Equal((text, "/orders/" + id), (text, answer.Headers.Location?.OriginalString));
        }

        Assert.Contains("Nothing was found", await browser.GetTextAsync("/orders?q=nothing-like-it"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/orders/cs_test_unknown")).StatusCode);
    }

    [Fact]
    public async Task Texts_of_operators_and_callers_are_encoded_and_addresses_are_not_shown()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var id = await HoldAsync();
        await Redis.Database.HashSetAsync(Partition.Order(id), "client_reference_id", "ada@buyer.example");
        var path = $"/orders/{id}/reject";
        using var rejected = await browser.PostAsync(path, path, ("who", "Ann"), ("why", "<script>alert(1)</script>"), ("hold", "1"));

        var page = await browser.GetTextAsync("/orders/" + id);

        Assert.Contains("Ann: &lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@buyer.example", page, StringComparison.Ordinal);
    }
}
