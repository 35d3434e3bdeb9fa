using System.Net;
using System.Text.Json.Nodes;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class ListTests : OperationsTest
{
    [Fact]
    public async Task Orders_are_filtered_paged_and_downloaded()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var open = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Ledger.SellAsync()));
        var held = await HoldAsync();
        await Redis.Database.HashSetAsync(Partition.Order(open[3].SessionId), [new("principal", "key:shop"), new("product_name", "=HYPERLINK(\"x\")")]);
        await Redis.Database.HashSetAsync(Partition.Order(open[4].SessionId), [new("amount_total", 5), new("currency", "jpy")]);

        // Every order is in one page of the list, however small the pages are.
        var (ids, next) = (new List<string>(), (string?)null);
        do
        {
            var page = await GetAsync(client, "ops/orders?limit=5" + (next is null ? "" : "&after=" + Uri.EscapeDataString(next)));
            ids.AddRange(page["data"]!.AsArray().Select(order => (string)order!["id"]!));
            next = (string?)page["next"];
        }
        while (next is not null);
        Assert.Equal(open.Select(order => order.SessionId).Append(held).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));

        foreach (var (query, expected) in new[]
        {
            ("state=held", held), ("principal=key:shop", open[3].SessionId), ("currency=JPY&max=5", open[4].SessionId), ("matching=was+sold", held), ("state=held&min=99.98", held),
        })
        {
            Assert.Equal((query, expected), (query, (string?)Assert.Single((await GetAsync(client, "ops/orders?" + query))["data"]!.AsArray())!["id"]));
        }

        foreach (var query in new[] { "state=fulfilled", "min=1000", "since=2100-01-01", "before=2000-01-01", "handler=ship", "product=nothing" })
        {
            Assert.Empty((await GetAsync(client, "ops/orders?" + query))["data"]!.AsArray());
        }

        Assert.Single((await GetAsync(client, "ops/needs_review?min=1"))["data"]!.AsArray());
        Assert.Empty((await GetAsync(client, "ops/needs_review?max=1"))["data"]!.AsArray());

        var csv = await client.GetStringAsync("ops/orders?format=csv&principal=key:shop", Canceled);
        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("order_number,id,state,", lines[0], StringComparison.Ordinal);
        Assert.Contains(",99.98,usd,0.00,0.00,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",\"'=HYPERLINK(\"\"x\"\")\",", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_or_a_cursor_that_cannot_be_read_is_refused_and_never_ignored()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var id = await HoldAsync();
        await DeadLetterAsync(id);

        foreach (var query in new[] { "state=nonsense", "since=yesterday", "before=never", "min=1,000", "max=49,99" })
        {
            foreach (var list in new[] { "orders", "owed", "needs_review" })
            {
                using var refused = await client.GetAsync($"ops/{list}?{query}", Canceled);
                Assert.Equal((query, "invalid_filter"), (query, (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Canceled))!["code"]));
            }

            var value = query.Split('=')[1];
            foreach (var page in new[] { "/needs-review", "/needs-review.csv", "/needs-review/all/approve", "/all" })
            {
                var text = await ReadAsync($"{page}?{query}");
                Assert.Contains($"“{value}” is not", text, StringComparison.Ordinal);
                Assert.DoesNotContain(id, text, StringComparison.Ordinal);
            }
        }

        foreach (var page in new[] { "/dead", "/dead.csv", "/dead/all/dismiss" })
        {
            Assert.Contains("“yesterday” is not a day", await ReadAsync(page + "?since=yesterday"), StringComparison.Ordinal);
        }

        // Times before 1970 and numbers of more than 64 bits are no ids of Redis's streams.
        Assert.Single((await GetAsync(client, "ops/dead?since=0001-01-01T00:00:00Z&after=0/99999999999999999999-0"))["data"]!.AsArray());
        Assert.Single((await GetAsync(client, "ops/dead?after=0/18446744073709551615-18446744073709551615"))["data"]!.AsArray());
        Assert.Empty((await GetAsync(client, "ops/dead?before=1960-01-01T00:00:00Z"))["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, "ops/dead/0/99999999999999999999-0/dismiss"));
        Assert.Contains("There are no dead letters", await browser.GetTextAsync("/dead?before=1960-01-01"), StringComparison.Ordinal);

        async Task<string> ReadAsync(string path)
        {
            using var response = await browser.GetAsync(path);
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{path}: {response.StatusCode}");
            return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Canceled));
        }
    }

    [Fact]
    public async Task All_orders_are_listed_newest_first_over_pages_and_partitions()
    {
        var ledger = new LedgerKit(Redis.Connection, partitions: 4);
        foreach (var _ in Enumerable.Range(0, 11))
        {
            var id = (await ledger.SellAsync()).SessionId;
            await ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        }

        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => ledger.SellAsync()));
        var lost = LedgerKit.NewSessionId();
        await ledger.Transitions.RestoreAsync(LedgerKit.Fact(lost), LedgerKit.NoEntry, TimeProvider.System.GetUtcNow());
        var listing = new OrderListing(Redis.Connection, ledger.Partitions, ledger.Orders);

        var listed = new List<(Order Order, DateTimeOffset Since)>();
        for (string? after = null; ;)
        {
            var page = await listing.ListAsync(after, 3);
            listed.AddRange(page.Items);
            if ((after = page.Next) is null)
            {
                break;
            }

            // What is sold meanwhile is on no later page: it is newer than the last order of this page, also by the milliseconds in which Redis dates both.
            await Eventually.GetAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > page.Items[^1].Since.AddMilliseconds(1), Canceled);
            await ledger.SellAsync();
        }

        Assert.Equal(21, listed.Count);
        Assert.Contains(listed, item => item.Order.SessionId == lost);
        Assert.Equal(
            listed.OrderByDescending(item => item.Since).ThenByDescending(item => item.Order.SessionId, StringComparer.Ordinal).Select(item => item.Order.SessionId).Distinct(),
            listed.Select(item => item.Order.SessionId));
        Assert.Equal((await listing.ListAsync(null, 3)).Items.Select(item => item.Order.SessionId), (await listing.ListAsync("nonsense", 3)).Items.Select(item => item.Order.SessionId));
    }

    [Fact]
    public async Task Selected_orders_and_dead_letters_are_decided_together_after_a_page_that_says_so()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var (one, two) = (await HoldAsync(), await HoldAsync());
        var letters = new[] { await DeadLetterAsync(one), await DeadLetterAsync(two) };
        (string, string)[] who = [("who", "Ann"), ("why", "the buyers called")];

        var approve = $"/needs-review/selected?verb=approve&order={one}:1&order={two}:7";
        Assert.Contains("This fulfills 2 orders.", await browser.GetTextAsync(approve), StringComparison.Ordinal);
        using var approved = await browser.PostAsync("/needs-review/selected", approve, [.. who, ("verb", "approve"), ("order", one + ":1"), ("order", two + ":7")]);

        // The second one has another hold than the form says.
        Assert.Equal("/needs-review?done=approved&count=1&left=1", approved.Headers.Location!.OriginalString);
        Assert.Equal(OrderFulfillment.Ready, (await Ledger.Orders.FindAsync(one))!.Fulfillment);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(two))!.Fulfillment);

        var redrive = $"/dead/selected?verb=redrive&letter=0/{letters[0]}&letter=0/{letters[1]}";
        Assert.Contains("This processes 2 events once more.", await browser.GetTextAsync(redrive), StringComparison.Ordinal);
        (string, string)[] selected = [.. who, ("verb", "redrive"), ("letter", "0/" + letters[0]), ("letter", "0/" + letters[1]), ("letter", "nonsense")];
        using var redriven = await browser.PostAsync("/dead/selected", redrive, selected);
        using var again = await browser.PostAsync("/dead/selected", redrive, selected);

        Assert.Equal(("/dead?done=redriven&count=2", "/dead?done=redriven&count=0"), (redriven.Headers.Location!.OriginalString, again.Headers.Location!.OriginalString));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/dead/selected?verb=redrive")).StatusCode);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49 30", "'+49 30")]
    [InlineData("-5", "'-5")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData(null, "")]
    public void A_cell_is_quoted_and_is_never_a_formula(string? value, string cell) => Assert.Equal($"{cell}\r\n", Csv.Write([], [[value]])[2..]);
}
