using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class OpsEndpointsTests : OperationsTest
{
    private static readonly string[] s_actions =
        ["approve", "reject", "redrive", "dismiss", "forget", "refund", "retry", "reread", "pause", "resume", "find"];

    [Fact]
    public async Task A_request_without_the_token_is_unauthorized_before_its_body_is_read()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        foreach (var token in new[] { null, "", "wrong", OperationsHost.Token + "x", OperationsHost.Token[..^1] })
        {
            using var client = Client(operations, token);
            foreach (var path in new[]
            {
                "ops/owed", "ops/needs_review", "ops/dead", "ops/handlers", "ops/orders/cs_1", "ops/buyers/export", "ops/orders/cs_1/approve",
                "ops/orders/cs_1/reject", "ops/dead/0/1-0/redrive", "ops/dead/0/1-0/dismiss", "ops/dead/redrive", "ops/dead/dismiss", "ops/buyers/forget",
                "ops/orders/cs_1/refund", "ops/orders", "ops/find", "ops/orders/cs_1/retry", "ops/orders/cs_1/reread", "ops/handlers/ship/pause", "ops/handlers/ship/resume",
                "ops/bulk", "ops/bulk/1", "ops/orders/cs_1/explanation", "ops/dead/all/redrive", "ops/dead/all/dismiss", "ops/needs_review/all/approve", "ops/needs_review/all/reject",
            })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (s_actions.Any(action => path.EndsWith(action, StringComparison.Ordinal)))
                {
                    (request.Method, request.Content) = (HttpMethod.Post, new StringContent("no JSON", null, "application/json"));
                }

                using var response = await client.SendAsync(request, Canceled);

                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
                Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
                Assert.Equal("unauthorized", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["code"]);
            }
        }
    }

    [Fact]
    public async Task A_body_of_more_than_four_kilobytes_is_refused()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = await HoldAsync();

        using var response = await client.PostAsJsonAsync($"ops/orders/{id}/approve", new { reason = "Ann", padding = new string('x', 4096) }, Canceled);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Fact]
    public async Task The_root_says_what_this_service_is_without_a_token_and_unknown_paths_do_not_exist()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations, null);

        var text = await client.GetStringAsync("/", Canceled);

        Assert.Contains("/ops/owed", text, StringComparison.Ordinal);
        Assert.DoesNotContain(OperationsHost.Token, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("nowhere", Canceled)).StatusCode);
    }

    [Fact]
    public async Task Without_a_configured_token_every_request_is_unauthorized()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString, ("OPS_TOKEN", ""));
        using var client = Client(operations, "");

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("ops/owed", Canceled)).StatusCode);
    }

    [Fact]
    public async Task An_order_that_needs_review_is_listed_with_its_reason_and_fulfilled_by_a_worker_once_approved()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = await HoldAsync();

        var listed = (await GetAsync(client, "ops/needs_review"))["data"]!.AsArray().Single()!;
        Assert.Equal((id, "needs_review", "amount_subtotal 9998 was sold, 1 was paid"), ((string?)listed["id"], (string?)listed["state"], (string?)listed["reason"]));
        Assert.Equal((await Ledger.Orders.FindAsync(id))!.Number, (string?)listed["order_number"]);
        Assert.Equal((1, "paid"), ((int)listed["hold"]!, (string?)listed["payment"]));
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/approve"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/approve"));
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var order = await AwaitAsync(id, OrderState.Fulfilled);

        Assert.Equal(1, order.Fulfillments);
        Assert.Contains(order.Timeline, step => step is { What: "approved", Detail: "Ann: the buyer was right" });
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{id}/approve"));
    }

    [Fact]
    public async Task A_rejected_order_is_neither_owed_nor_to_be_approved()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = await HoldAsync();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/reject"));

        Assert.Equal(OrderFulfillment.Rejected, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
        Assert.Empty((await GetAsync(client, "ops/owed"))["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{id}/approve"));
    }

    [Fact]
    public async Task A_decision_wants_an_order_in_review_and_a_reason()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var sold = await Ledger.SellAsync();

        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, "ops/orders/cs_test_unknown/approve"));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(client, $"ops/orders/{sold.SessionId}/approve"));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync($"ops/orders/{sold.SessionId}/approve", new { }, Canceled)).StatusCode);
    }

    /// <summary>Aspire's commands send every argument as text.</summary>
    [Theory]
    [InlineData("2", HttpStatusCode.Conflict)]
    [InlineData("first", HttpStatusCode.BadRequest)]
    [InlineData("1", HttpStatusCode.OK)]
    public async Task A_decision_takes_the_hold_as_text(string hold, HttpStatusCode status)
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = await HoldAsync();

        using var response = await client.PostAsJsonAsync($"ops/orders/{id}/approve", new { session_id = id, reason = "Ann", hold }, Canceled);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("unpaid", "The order is not paid")]
    [InlineData("unproven", "no note that it was fulfilled")]
    [InlineData("refunded", "99.98 USD was refunded")]
    public async Task What_nothing_proves_is_approved_only_by_a_second_call_that_confirms_the_first_answer(string doubt, string sentence)
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = (await Ledger.SellAsync()).SessionId;
        await Ledger.Transitions.RecordReturnAsync(id, await Ledger.AppendAsync(id, type: "none"), doubt == "unpaid"
            ? LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998)
            : LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", doubt == "refunded" ? 9998 : 1));
        if (doubt != "unpaid")
        {
            await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        }

        if (doubt == "unproven")
        {
            await Redis.Database.HashSetAsync(Partition.Order(id), "causes", "lost the ledger was lost");
        }

        var (status, first) = await ApproveAsync(new { reason = "Ann" });
        Assert.Equal((409, doubt), (status, (string?)first["code"]));
        Assert.Contains(sentence, (string)first["detail"]!, StringComparison.Ordinal);
        var confirm = (string)first["confirm"]!;
        Assert.Contains($"\"confirm\": \"{confirm}\"", (string)first["detail"]!, StringComparison.Ordinal);
        foreach (var wrong in new object[]
        {
            new { reason = "Ann", unpaid = true }, new { reason = "Ann", confirm = doubt }, new { reason = "Ann", confirm = "true" }, new { confirm },
            new { reason = "Ann", confirm, hold = 7 },
        })
        {
            Assert.Contains((await ApproveAsync(wrong)).Status, new[] { 400, 409 });
        }

        // What the first answer said about an earlier hold confirms nothing about a later one.
        await Redis.Database.HashIncrementAsync(Partition.Order(id), "hold");
        var (changed, second) = await ApproveAsync(new { reason = "Ann", confirm });
        Assert.Equal((409, doubt), (changed, (string?)second["code"]));
        Assert.NotEqual(confirm, (string?)second["confirm"]);
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);

        Assert.Equal(200, (await ApproveAsync(new { reason = "Ann", confirm = (string)second["confirm"]! })).Status);
        Assert.Equal(OrderFulfillment.Ready, (await Ledger.Orders.FindAsync(id))!.Fulfillment);

        async Task<(int Status, JsonObject Answer)> ApproveAsync(object body)
        {
            using var response = await client.PostAsJsonAsync($"ops/orders/{id}/approve", body, Canceled);
            return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!);
        }
    }

    [Fact]
    public async Task The_handlers_of_the_ledger_s_workers_are_listed()
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "license_keys,merchant_webhook");
        await Redis.Database.HashSetAsync("co:ledger:handler:license_keys", [new("failures", 3), new("since", 1_795_600_000_000), new("newest", "1795600000000 cs_1 HTTP 503\n")]);
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);

        var handlers = (await GetAsync(client, "ops/handlers"))["data"]!.AsArray();

        Assert.Equal(["license_keys", "merchant_webhook"], handlers.Select(handler => (string?)handler!["name"]));
        Assert.Equal((3, "HTTP 503"), ((int)handlers[0]!["failures"]!, (string?)handlers[0]!["newest_failures"]![0]!["reason"]));
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

        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);

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

    [Fact]
    public async Task An_operator_exports_and_deletes_a_buyer_s_data()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = (await Ledger.SellAsync()).SessionId;
        await Redis.Database.HashSetAsync(Partition.Order(id), [new("buyer_ref", "buyer-7"), new("principal", "key:shop")]);
        await Redis.Database.SortedSetAddAsync(Partition.Owned(OwnerDigest.Of("local", "key:shop", "buyer-7")), id, 1);

        var exported = await GetAsync(client, "ops/buyers/export?principal=key:shop&buyer_ref=buyer-7");
        Assert.Equal("buyer-7", (string?)Assert.Single(exported["data"]!.AsArray())!["fields"]!["buyer_ref"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("ops/buyers/export?principal=key:shop", Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/buyers/forget", new { order_id = id }, Canceled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("ops/buyers/forget", new { reason = "Ada: asked" }, Canceled)).StatusCode);

        var forgotten = await client.PostAsJsonAsync("ops/buyers/forget", new { reason = "Ada: asked", principal = "key:shop", buyer_ref = "buyer-7" }, Canceled);

        Assert.Equal(1, (int)(await forgotten.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["orders"]!);
        Assert.Null((await Ledger.Orders.FindAsync(id))!.BuyerRef);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("ops/orders/cs_unknown", Canceled)).StatusCode);
    }
}
