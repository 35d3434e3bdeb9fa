using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests.Access;

/// <summary>What a hostile caller can make the server hold, and how often it can make the server call Stripe.</summary>
public sealed class RequestCostTests(RedisFixture redis) : McpApiTest(redis)
{
    private const string InitializeMessage =
        """
        {"jsonrpc":"2.0","id":"first","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{CAPABILITIES},"clientInfo":{"name":"t","version":"1"}}}
        """;

    protected override void Configure(IWebHostBuilder builder) => builder.UseSetting("CHECKOUT_UCP", "true");

    [Fact]
    public async Task A_subscription_to_a_hundred_unknown_checkouts_calls_Stripe_not_once()
    {
        using var raw = new RawMcp(Factory.Address);

        using var response = await raw.SendAsync(RawMcp.Listen([.. Unknown(100).Select(id => "checkout://sessions/" + id)]), "subscriptions/listen");
        await using var events = await response.Content.ReadAsStreamAsync(Cancellation);
        using var reader = new StreamReader(events);
        string? line;
        do
        {
            line = await reader.ReadLineAsync(Cancellation);
        }
        while (line?.StartsWith("data:", StringComparison.Ordinal) is false);

        Assert.Contains("acknowledged", line, StringComparison.Ordinal);
        Assert.DoesNotContain("cs_test", line, StringComparison.Ordinal);
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task Waiting_for_an_unknown_checkout_and_reading_it_call_Stripe_not_once()
    {
        foreach (var id in Unknown(20))
        {
            Assert.Equal("not_found", (await CallForErrorAsync("wait_for_payment", new() { ["session_id"] = id })).GetProperty("code").GetString());
            await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(
                () => Client.ReadResourceAsync("checkout://sessions/" + id, cancellationToken: Cancellation).AsTask());
        }

        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task Lookups_of_unknown_checkouts_have_a_budget_of_their_own_and_misses_are_remembered()
    {
        for (var repetition = 0; repetition < 10; repetition++)
        {
            Assert.Equal("not_found", await CodeAsync("cs_test_repeated"));
        }

        Assert.Single(Stripe.Calls);
        var codes = await Task.WhenAll(Unknown(100).Select(id => CodeAsync(id)));

        Assert.Equal(["not_found", "rate_limited"], codes.Distinct().Order(StringComparer.Ordinal));
        Assert.InRange(Stripe.Calls.Count, StripeLookups.UnrecordedBurstOfCaller, StripeLookups.UnrecordedBurstOfCaller + 30);

        // Another caller is not affected.
        await using var other = await Factory.ConnectAsync(principal: "other");
        Assert.Equal("not_found", await CodeAsync(Unknown(1).Single(), other));

        // A sale and an own checkout do not need the budget.
        var sold = await SellAsync();
        Assert.Equal("stripe", (await CallAsync("get_checkout", new() { ["session_id"] = sold.GetProperty("session_id").GetString() })).GetProperty("status_source").GetString());
    }

    [Theory]
    [InlineData("get_checkout")]
    [InlineData("cancel_checkout")]
    public async Task A_session_of_another_program_is_read_at_Stripe_once(string tool)
    {
        var foreign = Stripe.Add(new()
        {
            ["id"] = "cs_test_" + Guid.NewGuid().ToString("N"),
            ["object"] = "checkout.session",
            ["status"] = "open",
            ["payment_status"] = "unpaid",
            ["currency"] = "usd",
            ["amount_subtotal"] = 1,
            ["amount_total"] = 1,
            ["metadata"] = new System.Text.Json.Nodes.JsonObject(),
        });

        for (var repetition = 0; repetition < 10; repetition++)
        {
            Assert.Equal("not_found", (await CallForErrorAsync(tool, new() { ["session_id"] = foreign })).GetProperty("code").GetString());
        }

        Assert.Equal("GET", Assert.Single(Stripe.Calls).Method);
    }

    [Theory]
    [InlineData("get_checkout")]
    [InlineData("cancel_checkout")]
    public async Task A_checkout_of_another_caller_and_an_id_of_the_other_mode_call_Stripe_not_once(string tool)
    {
        await using var other = await Factory.ConnectAsync(principal: "other");
        var sold = (await SellAsync()).GetProperty("session_id").GetString();
        var before = Stripe.Calls.Count;

        foreach (var id in (string?[])[sold, "cs_live_neverheardof"])
        {
            var error = await CallForErrorAsync(tool, new() { ["session_id"] = id }, other);
            Assert.Equal("not_found", error.GetProperty("code").GetString());
        }

        Assert.Equal(before, Stripe.Calls.Count);
    }

    [Fact]
    public async Task A_checkout_of_a_platform_with_a_hundred_unknown_items_reads_only_the_list()
    {
        Stripe.Next(context => context.Response.WriteAsync("""{"object":"list","has_more":false,"url":"/v1/prices","data":[]}""", Cancellation));
        using var raw = new RawMcp(Factory.Address);
        var arguments = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["meta"] = new Dictionary<string, object> { ["ucp-agent"] = new { profile = "https://platform.example/.well-known/ucp" } },
            ["checkout"] = new { line_items = Enumerable.Range(0, 100).Select(number => new { item = new { id = $"price_unknown{number}" }, quantity = 1 }) },
        });

        using var response = await raw.SendAsync(RawMcp.Message("tools/call", "create_checkout", arguments), "tools/call", "create_checkout", path: "/ucp/mcp");

        Assert.Contains("item_unavailable", (await RawMcp.ReadAsync(response)).ToString(), StringComparison.Ordinal);
        Assert.Equal("/v1/prices", Assert.Single(Stripe.Calls).Path);
    }

    [Fact]
    public async Task Only_a_tool_call_may_be_larger_than_sixteen_kibibytes()
    {
        using var small = await InitializeAsync(new string('x', 15 * 1024));
        using var large = await InitializeAsync(new string('x', McpRequestReading.MaxBytes));

        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal("first", (await RawMcp.ReadAsync(large)).GetProperty("id").GetString());
    }

    [Fact]
    public async Task The_largest_sale_is_accepted()
    {
        // Six bytes for each character, as serializers escape them that write ASCII only.
        var text = new string('ü', 500);
        var sale = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["line_items"] = Enumerable.Range(0, 100).Select(_ => new { product_name = text[..250], price_cents = 4999, caller_ref = text[..200], quantity = 1 }),
            ["metadata"] = Enumerable.Range(10, 43).Select(number => new { key = text[..38] + number, value = text }),
            ["client_reference_id"] = text[..200],
            ["idempotency_key"] = text[..255],
        });
        using var raw = new RawMcp(Factory.Address);

        using var response = await raw.SendAsync(RawMcp.Message("tools/call", "initiate_checkout", sale), "tools/call", "initiate_checkout");

        Assert.InRange(sale.Length, McpRequestReading.MaxToolCallBytes / 3, McpRequestReading.MaxToolCallBytes);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("checkout_url", (await RawMcp.ReadAsync(response)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_with_too_many_sessions_loses_the_one_that_it_has_not_used_for_longest()
    {
        // A principal of its own: Redis keeps the same number of sessions of each, and the sessions of other tests are the anonymous caller's.
        var principal = Guid.NewGuid().ToString("N");
        var sessions = Factory.Services.GetRequiredService<CallerSessions>();
        await using var other = await Factory.ConnectAsync("2025-11-25", principal: "other");
        await using var own = await Factory.ConnectAsync("2025-11-25", principal: principal);
        string? first = null;
        for (var count = 0; count < CallerSessions.MaxPerCaller + 10; count++)
        {
            using var response = await InitializeAsync("", principal);
            first ??= response.Headers.GetValues(CallerSessions.Header).Single();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            if (count == 50)
            {
                await own.PingAsync(cancellationToken: Cancellation);
            }
        }

        await Eventually.GetAsync(() => Task.FromResult(sessions.Count), count => count == CallerSessions.MaxPerCaller + 1, Cancellation);

        // A session is ended in the background after it is no longer counted.
        await Eventually.GetAsync(
            async () =>
            {
                using var lost = await PostAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""", first, principal);
                return lost.StatusCode;
            },
            status => status is HttpStatusCode.NotFound,
            Cancellation);
        await own.PingAsync(cancellationToken: Cancellation);
        await other.PingAsync(cancellationToken: Cancellation);
    }

    private static IEnumerable<string> Unknown(int count) => Enumerable.Range(0, count).Select(_ => "cs_test_" + Guid.NewGuid().ToString("N"));

    private async Task<string?> CodeAsync(string id, ModelContextProtocol.Client.McpClient? client = null) =>
        (await CallForErrorAsync("get_checkout", new() { ["session_id"] = id }, client)).GetProperty("code").GetString();

    private Task<HttpResponseMessage> InitializeAsync(string padding, string? principal = null) => PostAsync(
        InitializeMessage.Replace("CAPABILITIES", $"\"experimental\":{{\"padding\":{{\"text\":\"{padding}\"}}}}", StringComparison.Ordinal),
        principal: principal);

    private async Task<HttpResponseMessage> PostAsync(string message, string? sessionId = null, string? principal = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Factory.Address, "/mcp"))
        {
            Content = new StringContent(message, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (sessionId is not null)
        {
            request.Headers.Add(CallerSessions.Header, sessionId);
        }

        if (principal is not null)
        {
            request.Headers.Add(TestPrincipals.Header, principal);
        }

        return await http.SendAsync(request, Cancellation);
    }
}
