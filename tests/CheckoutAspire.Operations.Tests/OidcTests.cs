using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.Operations.Access;
using CheckoutAspire.Operations.Api;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Operations.Tests;

/// <summary>Operators who sign in at an OpenID Connect provider, and access tokens of that provider for the API.</summary>
public sealed partial class OidcTests(OidcHost host) : IClassFixture<OidcHost>
{
    private static readonly Dictionary<string, object> s_operator = new() { ["sub"] = "u-1", ["name"] = "Ann Archer", ["roles"] = new[] { "staff", "operator" } };
    private static readonly Dictionary<string, object> s_viewer = new() { ["sub"] = "u-2", ["preferred_username"] = "vic", ["roles"] = "viewer" };

    private readonly AuthorizationServer _provider = host.Provider;
    private readonly OperationsHost _operations = host.Operations;

    private LedgerKit Ledger => host.Ledger;

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_who_signed_in_at_the_provider_decides_under_their_own_name()
    {
        using var browser = Browser();
        var id = await Ledger.HoldAsync();
        _provider.Visitor = s_operator;

        using var page = await browser.GetAsync($"/sign-in/provider?to=/orders/{id}/approve", Canceled);
        Assert.Equal((HttpStatusCode.OK, $"/orders/{id}/approve"), (page.StatusCode, page.RequestMessage!.RequestUri!.AbsolutePath));
        Assert.Contains("You decide as <strong>Ann Archer</strong>.", await page.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
        using var decided = await PostAsync(browser, $"/orders/{id}/approve", ("who", "Mallory"), ("why", "the buyer called"), ("hold", "1"));

        Assert.Equal(HttpStatusCode.OK, decided.StatusCode);
        var order = (await Ledger.Orders.FindAsync(id))!;
        Assert.Equal(OrderFulfillment.Ready, order.Fulfillment);
        Assert.Contains(order.Timeline, step => step.Detail == "Ann Archer: the buyer called");
    }

    [Fact]
    public async Task A_viewer_reads_and_does_not_act()
    {
        using var browser = Browser();
        var id = await Ledger.HoldAsync();
        _provider.Visitor = s_viewer;
        using var page = await browser.GetAsync("/sign-in/provider?to=/needs-review", Canceled);
        Assert.Contains(id, await page.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);

        // The sign-out form of the page has the antiforgery token.
        using var decided = await PostAsync(browser, $"/orders/{id}/approve", ("why", "the buyer called"), ("hold", "1"));

        Assert.Equal((HttpStatusCode.Forbidden, "/forbidden"), (decided.StatusCode, decided.RequestMessage!.RequestUri!.AbsolutePath));
        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
        using var signedOut = await PostAsync(browser, "/sign-out", $"/orders/{id}");
        Assert.Equal("/sign-in", signedOut.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task A_viewer_is_offered_no_action_and_reads_why()
    {
        const string Sentence = "Only an operator may act here.";
        await host.Redis.Database.HashSetAsync("co:ledger", "handlers", "ship");
        var id = await Ledger.HoldAsync();
        var letter = (await host.Redis.Database.StreamAddAsync(Ledger.Partitions.All[0].Dead,
        [
            new("id", "evt_1"), new("type", "refund.created"), new("object", "re_1"), new("livemode", 0), new("traceparent", ""), new("received_at", 0), new("body", "{}"),
            new("attempts", 1), new("reason", "It failed."),
        ])).ToString();
        (string Page, string[] Actions)[] pages =
        [
            ("/needs-review", ["name=\"verb\"", "/needs-review/all/approve", "type=\"checkbox\""]),
            ($"/orders/{id}", [$"/orders/{id}/approve", $"/orders/{id}/refund", $"/orders/{id}/reread"]),
            ($"/orders/{id}/approve", ["name=\"why\""]),
            ($"/orders/{id}/reread", ["name=\"why\""]),
            ($"/orders/{id}/refund", ["name=\"amount\""]),
            ("/dead", ["/redrive", "name=\"verb\"", "type=\"checkbox\""]),
            ($"/dead/0/{letter}", ["/redrive", "/dismiss"]),
            ($"/dead/0/{letter}/redrive", ["name=\"why\""]),
            ("/dead/all/dismiss", ["name=\"why\""]),
            ("/handlers", ["/handlers/ship/pause"]),
            ("/handlers/ship/pause", ["name=\"why\""]),
        ];
        foreach (var (visitor, mayAct) in new[] { (s_viewer, false), (s_operator, true) })
        {
            using var browser = Browser();
            _provider.Visitor = visitor;
            using var signedIn = await browser.GetAsync("/sign-in/provider?to=/orders", Canceled);
            foreach (var (page, actions) in pages)
            {
                var text = await browser.GetStringAsync(page, Canceled);
                Assert.Equal((page, !mayAct), (page, text.Contains(Sentence, StringComparison.Ordinal)));
                Assert.All(actions, action => Assert.Equal((page, action, mayAct), (page, action, text.Contains(action, StringComparison.Ordinal))));
            }
        }
    }

    [Fact]
    public async Task Every_action_of_the_api_is_journaled_under_the_name_of_its_token()
    {
        _provider.Visitor = s_operator;
        await host.Redis.Database.HashSetAsync("co:ledger", "handlers", "ship");
        var (held, sold) = (await Ledger.HoldAsync(), (await Ledger.SellAsync()).SessionId);
        foreach (var path in new[] { $"ops/orders/{held}/refund", $"ops/orders/{held}/reread", $"ops/orders/{held}/approve", $"ops/orders/{held}/retry", "ops/buyers/forget" })
        {
            await CallAsync(_provider.AccessToken(), HttpMethod.Post, path, body: new
            {
                reason = path.EndsWith("refund", StringComparison.Ordinal) ? "duplicate" : "the buyer was right",
                why = "the buyer was right",
                idempotency_key = "a",
                order_id = sold,
            });
        }

        var details = (await Ledger.Orders.FindAsync(held))!.Timeline.Concat((await Ledger.Orders.FindAsync(sold))!.Timeline)
            .Where(step => step.What is "refund_requested" or "reread" or "approved" or "retried" or "buyer_forgotten").ToDictionary(step => step.What, step => step.Detail);
        Assert.Equal(["approved", "buyer_forgotten", "refund_requested", "reread"], details.Keys.Where(what => what != "retried").Order(StringComparer.Ordinal));
        Assert.All(details.Values, detail => Assert.StartsWith("Ann Archer: the buyer was right", detail, StringComparison.Ordinal));

        await CallAsync(_provider.AccessToken(), HttpMethod.Post, "ops/handlers/ship/pause");
        Assert.Equal("Ann Archer: the buyer was right", (await new HandlerLedger(host.Redis.Connection).FindAsync("ship")).PausedBy);
        await CallAsync(_provider.AccessToken(), HttpMethod.Post, "ops/handlers/ship/resume");
        var bulk = await CallAsync(_provider.AccessToken(), HttpMethod.Post, "ops/needs_review/all/reject", body: new { reason = "the buyer was right", matching = "nothing like it" });
        Assert.Equal("Ann Archer: the buyer was right", (string?)bulk.Answer["reason"]);
    }

    [Fact]
    public void Every_endpoint_of_the_api_that_acts_takes_a_reason_that_is_signed()
    {
        var actions = _operations.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("ops/", StringComparison.Ordinal)
                && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST"))
            .ToDictionary(endpoint => endpoint.RoutePattern.RawText!, endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType);

        Assert.Equal(["/ops/find"], actions.Where(action => action.Value?.IsAssignableTo(typeof(IJournaled)) != true).Select(action => action.Key));
        Assert.True(actions.Count > 15);
    }

    [Fact]
    public async Task A_visitor_without_a_role_and_a_forged_answer_of_the_provider_open_nothing()
    {
        using var browser = Browser();
        _provider.Visitor = new() { ["sub"] = "u-3", ["name"] = "Nobody", ["roles"] = "customer" };

        using var roleless = await browser.GetAsync("/sign-in/provider?to=/orders", Canceled);
        Assert.Contains("Your account has no role here.", await roleless.Content.ReadAsStringAsync(Canceled), StringComparison.Ordinal);
        foreach (var answer in new[] { "", "?code=1&state=2", "?error=access_denied&error_description=%3Cscript%3E", "?state=" + new string('A', 2000) })
        {
            using var forged = await browser.GetAsync(ProviderSignIn.CallbackPath + answer, Canceled);
            var text = await forged.Content.ReadAsStringAsync(Canceled);
            Assert.Equal("/sign-in?problem=failed", forged.RequestMessage!.RequestUri!.PathAndQuery);
            Assert.Contains("The sign-in did not succeed.", text, StringComparison.Ordinal);
            Assert.DoesNotContain("script", text, StringComparison.OrdinalIgnoreCase);
        }

        using var posted = await browser.PostAsync(ProviderSignIn.CallbackPath, new StringContent("code=1"), Canceled);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        using var page = await browser.GetAsync("/orders", Canceled);
        Assert.Equal("/sign-in", page.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task The_api_takes_access_tokens_of_the_provider_by_role_and_journals_the_name()
    {
        var id = await Ledger.HoldAsync();
        _provider.Visitor = s_viewer;
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(_provider.AccessToken(), HttpMethod.Get, "ops/needs_review")).Status);
        var forbidden = await CallAsync(_provider.AccessToken(), HttpMethod.Post, $"ops/orders/{id}/approve");
        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (forbidden.Status, (string?)forbidden.Answer["code"]));

        _provider.Visitor = s_operator;
        foreach (var refused in new[]
        {
            _provider.IdToken("nonce"),
            _provider.Token(claim: ("roles", "operator")),
            _provider.Token(audience: AuthorizationServer.ClientId),
            _provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), credentials: _provider.Forged),
            _provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), credentials: _provider.Confused),
            _provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), age: TimeSpan.FromHours(1)),
            _provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), issuer: "https://other.example"),
            "a.b.c",
        })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(refused, HttpMethod.Post, $"ops/orders/{id}/approve")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await CallAsync(_provider.AccessToken(), HttpMethod.Post, $"ops/orders/{id}/reject")).Status);
        Assert.Contains((await Ledger.Orders.FindAsync(id))!.Timeline, step => step.Detail == "Ann Archer: the buyer was right");
    }

    [Fact]
    public async Task Without_an_answer_of_the_provider_a_sign_in_is_refused_and_the_shared_token_still_works()
    {
        _provider.Visitor = s_operator;
        await using var operations = OidcHost.Start(host.Redis.ConnectionString, "http://127.0.0.1:1");
        using var browser = Browser(operations);

        using var page = await browser.GetAsync("/sign-in/provider?to=/orders", Canceled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(_provider.AccessToken(), HttpMethod.Get, "ops/owed", operations)).Status);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(OperationsHost.Token, HttpMethod.Get, "ops/owed", operations)).Status);
    }

    [Theory]
    [InlineData("OPS_OIDC_AUTHORITY must be https", "OPS_OIDC_AUTHORITY=http://login.example", "OPS_OIDC_CLIENT_ID=a")]
    [InlineData("OPS_OIDC_AUTHORITY must be https", "OPS_OIDC_AUTHORITY=login.example", "OPS_OIDC_CLIENT_ID=a")]
    [InlineData("OPS_OIDC_CLIENT_ID is missing", "OPS_OIDC_AUTHORITY=https://login.example")]
    [InlineData("OPS_OIDC_VIEWER requires OPS_OIDC_AUTHORITY", "OPS_OIDC_VIEWER=readers")]
    [InlineData("OPS_OIDC_VIEWER and OPS_OIDC_OPERATOR must differ", "OPS_OIDC_AUTHORITY=https://login.example", "OPS_OIDC_CLIENT_ID=a", "OPS_OIDC_VIEWER=operator")]
    public void Contradictory_settings_are_refused_with_a_sentence_that_names_the_variable(string sentence, params string[] settings)
    {
        var options = new OidcOptions();

        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Split('=')[0], (string?)setting.Split('=')[1]))).Build());

        Assert.StartsWith(sentence, Assert.Single(options.ConfigurationErrors), StringComparison.Ordinal);
        Assert.Null(options.Provider);
    }

    /// <summary>A browser without scripts that keeps cookies and follows redirects.</summary>
    private HttpClient Browser(OperationsHost? operations = null) =>
        new(new HttpClientHandler { CheckCertificateRevocationList = true }) { BaseAddress = (operations ?? _operations).Address };

    private static Task<HttpResponseMessage> PostAsync(HttpClient browser, string path, params (string Name, string Value)[] fields) => PostAsync(browser, path, path, fields);

    private static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string path, string formPath, params (string Name, string Value)[] fields)
    {
        var form = FormToken().Match(await browser.GetStringAsync(formPath, Canceled)).Groups[1].Value;
        using var content = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", form)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        return await browser.PostAsync(path, content, Canceled);
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> CallAsync(
        string token, HttpMethod method, string path, OperationsHost? operations = null, object? body = null)
    {
        using var client = new HttpClient { BaseAddress = (operations ?? _operations).Address };
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Post ? JsonContent.Create(body ?? new { reason = "the buyer was right" }) : null };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.SendAsync(request, Canceled);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
