using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class OpsEndpointsTests : WorkerTest
{
    [Theory]
    [InlineData("GET", "ops/owed")]
    [InlineData("GET", "ops/needs_review")]
    [InlineData("GET", "ops/dead")]
    [InlineData("POST", "ops/orders/cs_1/approve")]
    [InlineData("POST", "ops/orders/cs_1/reject")]
    [InlineData("POST", "ops/dead/0/1-0/redrive")]
    [InlineData("POST", "ops/dead/redrive")]
    [InlineData("POST", "ops/dead/dismiss")]
    [InlineData("GET", "ops/handlers")]
    public async Task Nobody_gets_in_without_the_token(string method, string path)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        foreach (var token in new[] { null, "", "wrong", WorkerHost.OpsToken + "x", WorkerHost.OpsToken[..^1] })
        {
            using var client = Client(worker, token);
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method == "POST")
            {
                request.Content = JsonContent.Create(new { reason = "test" });
            }

            var response = await client.SendAsync(request, Canceled);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task The_root_says_what_this_service_is_without_a_token_and_unknown_paths_do_not_exist()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker, null);

        var text = await client.GetStringAsync("/", Canceled);

        Assert.Contains("/ops/owed", text, StringComparison.Ordinal);
        Assert.DoesNotContain(WorkerHost.OpsToken, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("nowhere", Canceled)).StatusCode);
    }

    [Fact]
    public async Task Without_a_configured_token_every_request_is_unauthorized()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("OPS_TOKEN", "")]);
        using var client = Client(worker, "");

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("ops/owed", Canceled)).StatusCode);
    }

    [Fact]
    public async Task An_order_that_needs_review_is_listed_with_its_reason_and_fulfilled_once_approved()
    {
        var handler = new RecordingHandler("ship");
        await using var stripe = await StripeListStub.StartAsync(hasEveryOrder: true);
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, handlers: handler);
        using var client = Client(worker);
        var id = await ReviewAsync();

        var listed = (await GetAsync(client, "ops/needs_review"))["data"]!.AsArray().Single()!;
        Assert.Equal((id, "needs_review", "amount_subtotal 9998 was sold, 1 was paid"), ((string?)listed["id"], (string?)listed["state"], (string?)listed["reason"]));
        Assert.Equal((await Ledger.Orders.FindAsync(id))!.Number, (string?)listed["order_number"]);
        Assert.Equal((1, "paid"), ((int)listed["hold"]!, (string?)listed["payment"]));
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/approve"));
        var order = await AwaitAsync(id, OrderState.Fulfilled);
        Assert.Equal(1, order.Fulfillments);
        Assert.Single(handler.Orders);
        Assert.Contains(order.Timeline, step => step is { What: "approved", Detail: "Ann: the buyer was right" });
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{id}/approve"));
    }

    [Fact]
    public async Task A_rejected_order_is_never_fulfilled_and_no_longer_owed()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        var id = await ReviewAsync();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/reject"));
        await DeliverAsync(id);
        await AwaitDrainedAsync();

        Assert.Equal((OrderState.NeedsReview, 0), ((await Ledger.Orders.FindAsync(id))!.State, (await Ledger.Orders.FindAsync(id))!.Fulfillments));
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{id}/approve"));
    }

    [Fact]
    public async Task A_decision_wants_an_order_in_review_and_a_reason()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        var sold = await Ledger.SellAsync();

        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, "ops/orders/cs_test_unknown/approve"));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{sold.SessionId}/approve"));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync($"ops/orders/{sold.SessionId}/approve", new { }, Canceled)).StatusCode);
    }

    /// <summary>Aspire's commands send every argument as text.</summary>
    [Theory]
    [InlineData("2", "false", HttpStatusCode.Conflict)]
    [InlineData("1", "false", HttpStatusCode.Conflict)]
    [InlineData("1", "maybe", HttpStatusCode.BadRequest)]
    [InlineData("first", "true", HttpStatusCode.BadRequest)]
    [InlineData("1", "true", HttpStatusCode.OK)]
    public async Task A_decision_takes_the_hold_and_unpaid_as_text(string hold, string unpaid, HttpStatusCode status)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        var id = (await Ledger.SellAsync()).SessionId;
        await Ledger.Transitions.RecordReturnAsync(id, await Ledger.AppendAsync(id, type: "none"), LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));

        var response = await client.PostAsJsonAsync($"ops/orders/{id}/approve", new { session_id = id, reason = "Ann", hold, unpaid }, Canceled);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_dead_letter_is_listed_without_payload_and_redriven_once()
    {
        var broken = true;
        var handler = new RecordingHandler("ship", (_, _, _) => broken ? throw new InvalidOperationException() : Task.CompletedTask);
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:MaxAttempts", "1")], handlers: handler);
        using var client = Client(worker);
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitDeadLetterAsync();

        var page = await GetAsync(client, "ops/dead");
        var dead = page["data"]!.AsArray().Single()!;
        Assert.Equal((sold.SessionId, 1), ((string?)dead["object_id"], (int)dead["attempts"]!));
        Assert.DoesNotContain("buyer@example.com", page.ToJsonString(), StringComparison.Ordinal);

        broken = false;
        var path = $"ops/dead/{dead["partition"]}/{dead["id"]}/redrive";
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(client, path)));

        Assert.Single(answers, status => status is HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(status => status is HttpStatusCode.NotFound));
        Assert.Equal(1, (await AwaitAsync(sold.SessionId, OrderState.Fulfilled)).Fulfillments);
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Contains(await Redis.Database.StreamRangeAsync(Partition.Journal), step => step["what"] == "redriven");
    }

    [Fact]
    public async Task Bytes_that_are_not_an_event_cannot_be_redriven()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        var dead = (await GetAsync(client, "ops/dead"))["data"]![0]!;

        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/dead/0/{dead["id"]}/redrive"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, "ops/dead/0/nonsense/redrive"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, "ops/dead/7/1-0/redrive"));
        Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Dead));
    }

    [Fact]
    public async Task Dead_letters_are_redriven_and_dismissed_in_bulk_by_reason_and_age()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        var sold = await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => Ledger.SellAsync()));
        foreach (var _ in Enumerable.Range(0, 120))
        {
            await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        }

        // By the clock of Redis, in whose milliseconds the letters are dated.
        var garbage = await Redis.Database.StreamRangeAsync(Partition.Dead);
        var middle = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(garbage[^1].Id.ToString().Split('-')[0], CultureInfo.InvariantCulture) + 1);
        await Eventually.GetAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > middle, Canceled);
        foreach (var order in sold)
        {
            var entry = new EventEntry("evt_1", HandledEvents.CheckoutCompleted, order.SessionId, false, "", default, StripeEvents.Checkout(order.SessionId));
            await Redis.Database.StreamAddAsync(Partition.Dead,
            [
                new("id", entry.Id), new("type", entry.Type), new("object", entry.ObjectId), new("livemode", 0), new("traceparent", ""),
                new("received_at", 0), new("body", entry.Body), new("attempts", 40), new("reason", "The handler ship failed (HTTP 500)."),
            ]);
        }

        // Letters that hold no event hide none of the others: the list has pages, and bulk commands go past them.
        var (ids, next) = (new List<string>(), (string?)null);
        do
        {
            var page = await GetAsync(client, "ops/dead?limit=100" + (next is null ? "" : "&after=" + Uri.EscapeDataString(next)));
            ids.AddRange(page["data"]!.AsArray().Select(letter => (string)letter!["id"]!));
            next = (string?)page["next"];
        }
        while (next is not null);
        Assert.Equal((370, 370), (ids.Count, ids.Distinct().Count()));
        Assert.Equal(120, (await GetAsync(client, "ops/dead?limit=1000&matching=json"))["data"]!.AsArray().Count);
        Assert.Equal(120, (await GetAsync(client, "ops/dead?limit=1000&before=" + Uri.EscapeDataString(middle.ToString("O"))))["data"]!.AsArray().Count);

        var none = await BulkAsync(client, "ops/dead/redrive", new { reason = "Ann", matching = "http 500", before = middle });
        Assert.Equal((0, 0), ((int)none["count"]!, (int)none["unparsable"]!));
        var first = await BulkAsync(client, "ops/dead/redrive", new { reason = "Ann: the merchant is back", limit = 200 });
        Assert.Equal((80, 120), ((int)first["count"]!, (int)first["unparsable"]!));
        var rest = await BulkAsync(client, "ops/dead/redrive", new { reason = "Ann: the merchant is back", since = middle, matching = "http 500" });
        Assert.Equal((170, 0, null), ((int)rest["count"]!, (int)rest["unparsable"]!, (string?)rest["next"]));
        await AwaitAsync(sold[^1].SessionId, OrderState.Fulfilled);

        var dismissed = await BulkAsync(client, "ops/dead/dismiss", new { reason = "Ann: not ours", matching = "no JSON" });
        Assert.Equal(120, (int)dismissed["count"]!);
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
        var journal = await Redis.Database.StreamRangeAsync(Partition.Journal);
        Assert.Contains(journal, step => step["what"] == "dismissed" && step["detail"].ToString().StartsWith("Ann: not ours (dead letter ", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/dead/dismiss", new { }, Canceled)).StatusCode);
    }

    [Fact]
    public async Task One_dead_letter_is_dismissed_once()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);
        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        var dead = (await GetAsync(client, "ops/dead"))["data"]![0]!;

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/dead/0/{dead["id"]}/dismiss"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, $"ops/dead/0/{dead["id"]}/dismiss"));
    }

    [Fact]
    public async Task Held_orders_have_pages_and_those_of_an_earlier_ledger_are_among_them()
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => Ledger.SellAsync()));
        var since = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (order, place) in sold.Select((order, place) => (order, place)))
        {
            await Redis.Database.HashSetAsync(Partition.Order(order.SessionId), [new("state", "needs_review"), new("payment_status", "paid")]);

            // Ten at the same time, of an earlier ledger among the owed ones.
            await Redis.Database.SortedSetAddAsync(place < 10 ? Partition.Owed : Partition.Held, order.SessionId, since + (place < 10 ? 0 : place));
        }

        await using var worker = new WorkerHost(Redis.ConnectionString);
        using var client = Client(worker);

        var (ids, next) = (new List<string>(), (string?)null);
        do
        {
            var page = await GetAsync(client, "ops/needs_review?limit=4" + (next is null ? "" : "&after=" + Uri.EscapeDataString(next)));
            ids.AddRange(page["data"]!.AsArray().Select(order => (string)order!["id"]!));
            next = (string?)page["next"];
        }
        while (next is not null);

        Assert.Equal(sold.Select(order => order.SessionId).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
        Assert.Equal(0, await Redis.Database.SortedSetLengthAsync(Partition.Owed));
    }

    private static async Task<JsonObject> BulkAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Canceled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!;
    }

    private async Task<string> ReviewAsync()
    {
        var sold = await Ledger.SellAsync();
        await Ledger.AppendAsync(sold.SessionId, StripeEvents.Checkout(sold.SessionId, amountSubtotal: 1));
        await AwaitAsync(sold.SessionId, OrderState.NeedsReview);
        return sold.SessionId;
    }

    private static HttpClient Client(WorkerHost worker, string? token = WorkerHost.OpsToken)
    {
        var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<JsonObject> GetAsync(HttpClient client, string path) =>
        (await client.GetFromJsonAsync<JsonObject>(path, Canceled))!;

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, string path) =>
        (await client.PostAsJsonAsync(path, new { reason = "Ann: the buyer was right" }, Canceled)).StatusCode;
}
