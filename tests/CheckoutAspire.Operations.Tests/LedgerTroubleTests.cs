using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Operations.Tests;

public sealed class LedgerTroubleTests : OperationsTest
{
    private const string Sentence = "The ledger does not answer";

    [Fact]
    public async Task While_Redis_is_down_every_page_and_every_call_ends_with_a_sentence()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString, ("environment", "Production"));
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        using var stranger = new PageClient(operations.Address);
        var form = await browser.GetFormAsync("/orders");
        await Redis.KillAsync();

        // Signing out ends the session of the others.
        var endpoints = operations.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText is not "/sign-out");
        await Task.WhenAll(
        [
            .. endpoints.SelectMany(endpoint => new[] { browser, stranger }.Select(visitor => CheckAsync(endpoint, visitor))),
            .. new[] { "/owed", "/orders/cs_1" }.Select(CheckPageAsync),
            .. new[] { "ops/dead", "ops/orders/cs_1", "ops/orders/cs_1/explanation" }.Select(path => CheckApiAsync(path, client.GetAsync(path, Canceled))),
            CheckApiAsync("repeat it, which is safe", client.PostAsJsonAsync("ops/orders/cs_1/reject", new { reason = "Ann" }, Canceled)),
        ]);

        async Task CheckAsync(RouteEndpoint endpoint, PageClient visitor)
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("{id}", "1-0", StringComparison.Ordinal)
                .Replace("{partition:int}", "0", StringComparison.Ordinal).Replace("{name}", "ship", StringComparison.Ordinal);
            using var answer = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true
                ? await visitor.PostWithoutTokenAsync(path, ("__RequestVerificationToken", form), ("who", "Ann"), ("why", "the buyer called"), ("q", "cs_1"))
                : await visitor.GetAsync(path);
            var text = await answer.Content.ReadAsStringAsync(Canceled);
            Assert.True(answer.StatusCode is not HttpStatusCode.InternalServerError, $"{path} answered 500.");
            Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.True(
                answer.StatusCode is not HttpStatusCode.ServiceUnavailable || path is "/health" || text.Contains(Sentence, StringComparison.Ordinal), $"{path} says: {text}");
        }

        async Task CheckPageAsync(string path)
        {
            using var page = await browser.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, page.StatusCode));
            Assert.Contains(Sentence, await page.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
            Assert.True(page.Headers.CacheControl!.NoStore);
        }
    }

    /// <summary>The keys of cookies and forms are in Redis: an instance that could not read them at its start has no form to show.</summary>
    [Fact]
    public async Task A_service_that_starts_while_Redis_is_down_answers_with_a_sentence()
    {
        await Redis.KillAsync();
        await using var operations = new OperationsHost(Redis.ConnectionString + ",syncTimeout=1000,connectTimeout=1000", ("environment", "Production"));
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);

        await Task.WhenAll(
        [
            .. new[] { "/sign-in", "/sign-in?to=/dead", "/orders", "/" }.Select(CheckPageAsync),
            CheckApiAsync("ledger_unavailable", client.GetAsync("ops/owed", Canceled)),
        ]);

        async Task CheckPageAsync(string path)
        {
            using var page = await browser.GetAsync(path);
            var isForm = path.StartsWith("/sign-in", StringComparison.Ordinal);
            Assert.Equal((path, isForm), (path, page.StatusCode is HttpStatusCode.ServiceUnavailable));
            Assert.Equal((path, isForm), (path, (await page.Content.ReadAsStringAsync(Canceled)).Contains(Sentence, StringComparison.Ordinal)));
            Assert.NotEqual(HttpStatusCode.InternalServerError, page.StatusCode);
        }
    }

    private static async Task CheckApiAsync(string part, Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>(Canceled))!;
        Assert.Equal((part, HttpStatusCode.ServiceUnavailable, "ledger_unavailable"), (part, answer.StatusCode, (string?)problem["code"]));
        Assert.True(part.StartsWith("ops/", StringComparison.Ordinal) || problem.ToJsonString().Contains(part, StringComparison.Ordinal), problem.ToJsonString());
    }
}
