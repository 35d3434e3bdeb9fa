using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class BulkJobTests : OperationsTest
{
    private const string Listening = "Now listening on: ";

    /// <summary>How many dead letters are redriven: <c>BULK_LETTERS=10000</c> for a longer trial.</summary>
    private static readonly int s_letters = int.Parse(Environment.GetEnvironmentVariable("BULK_LETTERS") ?? "1000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task When_the_service_is_killed_during_a_bulk_redrive_the_next_one_redrives_every_other_letter_once()
    {
        foreach (var chunk in Enumerable.Range(0, s_letters).Chunk(500))
        {
            await Task.WhenAll(chunk.Select(number => Redis.Database.StreamAddAsync(Partition.Dead,
            [
                new("id", $"evt_{number}"), new("type", "checkout.session.completed"), new("object", $"cs_test_{number}"), new("livemode", 0), new("traceparent", ""),
                new("received_at", 0), new("body", "{}"), new("attempts", 40), new("reason", "The handler ship failed (HTTP 503)."),
            ])));
        }

        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        string id;
        await using (var service = ChildProcess.Start("dotnet", [Repository.Built("CheckoutAspire.Operations")], Environment()))
        {
            var address = (await service.ReadUntilAsync(Canceled, Listening)).Split(Listening)[1].Trim();
            using var first = new HttpClient { BaseAddress = new Uri(address) };
            first.DefaultRequestHeaders.Authorization = new("Bearer", OperationsHost.Token);
            id = await AddAsync(first, "ops/dead/all/redrive", new { reason = "Ann: the merchant is back", matching = "http 503" });
            await Eventually.GetAsync(() => Redis.Database.StreamLengthAsync(Partition.Dead), left => left <= s_letters, Canceled);
            await service.KillAsync();
        }

        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var job = await AwaitEndAsync(client, id);

        Assert.Equal(0, (int)job["left"]!);
        Assert.Equal("garbage", Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Dead))["body"]);
        var redriven = (await Redis.Database.StreamRangeAsync(Partition.Events)).Select(entry => entry["object"].ToString()).ToList();
        Assert.Equal(Enumerable.Range(0, s_letters).Select(number => $"cs_test_{number}").Order(), redriven.Order());
        Assert.Equal(s_letters, (await Redis.Database.StreamRangeAsync(Partition.Journal)).Count(step => step["what"] == "redriven" && step["detail"] == "Ann: the merchant is back"));

        Dictionary<string, string> Environment() => new()
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox,
            ["STRIPE_API_BASE"] = "http://127.0.0.1:1",
            ["OPS_TOKEN"] = OperationsHost.Token,
        };
    }

    [Fact]
    public async Task Held_orders_are_approved_in_bulk_only_if_they_are_paid_and_proven()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var (paid, other) = (await HoldAsync(), await HoldAsync());
        var unpaid = (await Ledger.SellAsync()).SessionId;
        await Ledger.Transitions.RecordReturnAsync(unpaid, await Ledger.AppendAsync(unpaid, type: "none"), LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));
        await Redis.Database.HashSetAsync(Partition.Order(other), "causes", "origin nothing proves it");

        var approved = await AwaitEndAsync(client, await AddAsync(client, "ops/needs_review/all/approve", new { reason = "Ann: looked at" }));

        Assert.Equal((1, 2), ((int)approved["done"]!, (int)approved["left"]!));
        Assert.Equal(
            [OrderFulfillment.Ready, OrderFulfillment.Held, OrderFulfillment.Held],
            await Task.WhenAll(new[] { paid, unpaid, other }.Select(async id => (await Ledger.Orders.FindAsync(id))!.Fulfillment)));

        var rejected = await AwaitEndAsync(client, await AddAsync(client, "ops/needs_review/all/reject", new { reason = "Ann: not ours", matching = "DISPUTED" }));
        Assert.Equal((1, OrderFulfillment.Rejected), ((int)rejected["done"]!, (await Ledger.Orders.FindAsync(unpaid))!.Fulfillment));
        Assert.Equal(2, (await GetAsync(client, "ops/bulk"))["data"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/dead/all/dismiss", new { }, Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("ops/bulk/unknown", Canceled)).StatusCode);
    }

    [Fact]
    public async Task All_that_match_are_those_that_meet_every_filter_of_the_list()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        string[] held = [await HoldAsync(), await HoldAsync(), await HoldAsync()];
        await Redis.Database.HashSetAsync(Partition.Order(held[0]), "principal", "key:shop");
        await Redis.Database.HashSetAsync(Partition.Order(held[1]), "amount_total", 100);

        const string Approve = "/needs-review/all/approve";
        const string OfShop = Approve + "?principal=key:shop&min=99.98&currency=usd";
        var page = await browser.GetTextAsync(OfShop);
        Assert.Contains("This fulfills 1 held order.", page, StringComparison.Ordinal);
        Assert.Contains("<dt>Sold by</dt><dd>key:shop</dd>", page, StringComparison.Ordinal);
        using var started = await browser.PostAsync(
            Approve, OfShop, ("who", "Ann"), ("why", "looked at"), ("principal", "key:shop"), ("min", "99.98"), ("currency", "usd"));
        var job = started.Headers.Location!.OriginalString;
        await AwaitEndAsync(client, job.Split('/')[^1]);
        Assert.Contains("<dt>Amount from</dt><dd>99.98</dd>", await browser.GetTextAsync(job), StringComparison.Ordinal);
        await AwaitEndAsync(client, await AddAsync(client, "ops/needs_review/all/reject", new { reason = "Ann: too little", max = "1.00" }));

        Assert.Equal(
            [OrderFulfillment.Ready, OrderFulfillment.Rejected, OrderFulfillment.Held],
            await Task.WhenAll(held.Select(async id => (await Ledger.Orders.FindAsync(id))!.Fulfillment)));

        // A condition that is misspelled, or that dead letters do not have, must not be left out.
        foreach (var (path, body) in new (string, object)[]
        {
            ("ops/dead/all/dismiss", new { reason = "Ann", match = "HTTP 503" }), ("ops/dead/dismiss", new { reason = "Ann", principal = "key:shop" }),
            ("ops/needs_review/all/reject", new { reason = "Ann", state = "held" }), ("ops/needs_review/all/reject", new { reason = "Ann", max = "much" }),
        })
        {
            Assert.Equal((path, HttpStatusCode.BadRequest), (path, (await client.PostAsJsonAsync(path, body, Canceled)).StatusCode));
        }
    }

    private static async Task<string> AddAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Canceled);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["id"]!;
    }

    private static Task<JsonObject> AwaitEndAsync(HttpClient client, string id) =>
        Eventually.GetAsync(() => GetAsync(client, "ops/bulk/" + id), job => job["ended_at"] is not null, Canceled);
}
