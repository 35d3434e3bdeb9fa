using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The dead letters in the operators' API.</summary>
public sealed class DeadLetterEndpointsTests : OperationsTest
{
    [Fact]
    public async Task A_dead_letter_is_listed_without_payload_and_redriven_once()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var sold = await Ledger.SellAsync();
        await DeadLetterAsync(sold.SessionId);

        var page = await GetAsync(client, "ops/dead");
        var dead = page["data"]!.AsArray().Single()!;
        Assert.Equal((sold.SessionId, 40), ((string?)dead["object_id"], (int)dead["attempts"]!));
        Assert.DoesNotContain("buyer@example.com", page.ToJsonString(), StringComparison.Ordinal);

        var path = $"ops/dead/{dead["partition"]}/{dead["id"]}/redrive";
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(client, path)));

        Assert.Single(answers, status => status is HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(status => status is HttpStatusCode.NotFound));
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Contains(await Redis.Database.StreamRangeAsync(Partition.Journal), step => step["what"] == "redriven");
        await using var worker = new WorkerHost(Redis.ConnectionString);
        Assert.Equal(1, (await AwaitAsync(sold.SessionId, OrderState.Fulfilled)).Fulfillments);
    }

    [Fact]
    public async Task Bytes_that_are_not_an_event_cannot_be_redriven()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
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
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var sold = await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => Ledger.SellAsync()));
        foreach (var _ in Enumerable.Range(0, 120))
        {
            await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        }

        // By the clock of Redis, in whose milliseconds the letters are dated.
        var garbage = await Redis.Database.StreamRangeAsync(Partition.Dead);
        var middle = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(garbage[^1].Id.ToString().Split('-')[0], CultureInfo.InvariantCulture) + 1);
        await Eventually.GetAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > middle, Canceled);
        await Task.WhenAll(sold.Select(order => DeadLetterAsync(order.SessionId)));

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
        Assert.Equal(250, await Redis.Database.StreamLengthAsync(Partition.Events));

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
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        await Ledger.Events.DeadLetterAsync(Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        var dead = (await GetAsync(client, "ops/dead"))["data"]![0]!;

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/dead/0/{dead["id"]}/dismiss"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(client, $"ops/dead/0/{dead["id"]}/dismiss"));
    }

    private static async Task<JsonObject> BulkAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Canceled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!;
    }
}
