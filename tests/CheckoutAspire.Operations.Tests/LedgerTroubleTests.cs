using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.Operations.Tests;

public sealed class LedgerTroubleTests : OperationsTest
{
    [Fact]
    public async Task While_Redis_is_down_pages_and_API_answer_503_with_a_sentence()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString + ",asyncTimeout=1000");
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        await Redis.KillAsync();

        foreach (var path in new[] { "/owed", "/orders/cs_1" })
        {
            using var page = await browser.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, page.StatusCode));
            Assert.Contains("The ledger does not answer", await page.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
            Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        }

        foreach (var path in new[] { "ops/dead", "ops/orders/cs_1" })
        {
            using var answer = await client.GetAsync(path, Canceled);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, answer.StatusCode));
            Assert.Equal("ledger_unavailable", (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["code"]);
        }

        using var decided = await client.PostAsJsonAsync("ops/orders/cs_1/approve", new { reason = "Ann" }, Canceled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, decided.StatusCode);
        Assert.Contains("repeat it, which is safe", await decided.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
    }
}
