using System.Net;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests.Access;

/// <summary>The event streams of protocol 2025-11-25, seen as bytes, and its sessions at two instances.</summary>
public sealed class StreamTests(RedisFixture redis) : McpApiTest(redis)
{
    private const string Initialize =
        """
        {"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
        """;

    private const string Cancel = """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"wait"}}""";

    private readonly HttpClient _http = new();

    protected override void Configure(IWebHostBuilder builder) => builder.ConfigureTestServices(
        services => services.Configure<StreamOptions>(streams => streams.CommentInterval = TimeSpan.FromMilliseconds(50)));

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task An_idle_stream_and_a_waiting_call_send_comments()
    {
        var session = await StartAsync(Factory.Address);
        using var own = await OpenAsync(Factory.Address, session);
        using var wait = await WaitAsync(session, await SellIdAsync(), "wait");

        Assert.Equal("no", Assert.Single(own.Response.Headers.GetValues("X-Accel-Buffering")));
        for (var comment = 0; comment < 3; comment++)
        {
            await own.UntilAsync(line => line == ":");
            await wait.UntilAsync(line => line == ":");
        }
    }

    [Fact]
    public async Task A_waiting_call_reports_its_progress_in_order()
    {
        var (id, progress) = (await SellIdAsync(), new List<double>());
        using var wait = await WaitAsync(await StartAsync(Factory.Address), id, "wait");

        await UntilProgressAsync("The buyer has not paid yet");
        await Factory.ApplyAsync(id, PaymentStatusChange.Processing);
        await UntilProgressAsync("the bank has been asked to pay");
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, lease: TimeSpan.FromHours(1));
        await UntilProgressAsync("the order is being fulfilled");

        Assert.Equal(progress.Order(), progress);

        Task UntilProgressAsync(string words) => wait.UntilAsync(line =>
        {
            if (line.Contains("notifications/progress", StringComparison.Ordinal))
            {
                progress.Add(JsonElement.Parse(line["data:".Length..]).GetProperty("params").GetProperty("progress").GetDouble());
            }

            return line.Contains(words, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_second_GET_takes_over_and_receives_what_follows()
    {
        var session = await StartAsync(Factory.Address);
        var id = await SellIdAsync();
        await SendAsync(Factory.Address, session, Subscribe(id));
        using var first = await OpenAsync(Factory.Address, session);
        await first.UntilAsync(line => line == ":");

        using var second = await OpenAsync(Factory.Address, session);
        await first.EndAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Processing);
        await second.UntilAsync(line => line.Contains("resources/updated", StringComparison.Ordinal));

        using var third = await OpenAsync(Factory.Address, session);
        await second.EndAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        await third.UntilAsync(line => line.Contains("resources/updated", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_GET_of_an_older_revision_takes_over_too()
    {
        var session = await StartAsync(Factory.Address, "2025-06-18");
        using var first = await OpenAsync(Factory.Address, session, revision: "2025-06-18");

        using var second = await OpenAsync(Factory.Address, session, revision: "2025-06-18");

        await first.EndAsync();
        await second.UntilAsync(line => line == ":");
    }

    [Fact]
    public async Task A_broken_stream_of_a_call_continues_after_its_last_event()
    {
        var (session, id) = (await StartAsync(Factory.Address), await SellIdAsync());
        string last;
        using (var broken = await WaitAsync(session, id, "wait"))
        {
            last = (await broken.UntilAsync(line => line.StartsWith("id:", StringComparison.Ordinal)))["id:".Length..].Trim();
        }

        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        using var continued = await OpenAsync(Factory.Address, session, last);

        var result = await continued.UntilAsync(line => line.Contains("\"result\"", StringComparison.Ordinal));
        Assert.Contains("fulfilled", result, StringComparison.Ordinal);
        await continued.EndAsync();
    }

    [Fact]
    public async Task The_events_of_another_session_cannot_be_read()
    {
        var (session, id) = (await StartAsync(Factory.Address), await SellIdAsync());
        var other = await StartAsync(Factory.Address, principal: "other");
        using var wait = await WaitAsync(session, id, "wait");
        var call = (await wait.UntilAsync(line => line.StartsWith("id:", StringComparison.Ordinal)))["id:".Length..].Trim();
        using var own = await OpenAsync(Factory.Address, session);
        var stream = (await own.UntilAsync(line => line.StartsWith("id:", StringComparison.Ordinal)))["id:".Length..].Trim();

        foreach (var (eventId, header) in new[] { (call, other), (stream, other), (call, null), (stream, session) })
        {
            using var request = Request(HttpMethod.Get, Factory.Address, header, "2025-11-25");
            request.Headers.Add("Last-Event-ID", eventId);
            request.Headers.Add(TestPrincipals.Header, "other");
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);

            Assert.InRange((int)response.StatusCode, 400, 499);
        }
    }

    [Fact]
    public async Task A_canceled_call_ends_its_stream_at_once()
    {
        var session = await StartAsync(Factory.Address);
        using var wait = await WaitAsync(session, await SellIdAsync(), "wait");
        await wait.UntilAsync(line => line == ":");

        await SendAsync(Factory.Address, session, Cancel);

        await wait.EndAsync();
    }

    [Fact]
    public async Task A_call_is_canceled_by_its_own_session_only_and_no_other_principal_takes_its_place()
    {
        var (session, id) = (await StartAsync(Factory.Address), await SellIdAsync());
        var (sibling, other) = (await StartAsync(Factory.Address), await StartAsync(Factory.Address, principal: "other"));
        using var wait = await WaitAsync(session, id, "wait");
        using var same = await WaitAsync(sibling, id, "wait");
        await wait.UntilAsync(line => line == ":");
        await same.UntilAsync(line => line == ":");

        await SendAsync(Factory.Address, sibling, Cancel);
        await same.EndAsync();
        using (var foreign = await PostAsync(Factory.Address, session, Cancel, "other"))
        {
            Assert.False(foreign.IsSuccessStatusCode);
        }

        using (var foreign = await PostAsync(Factory.Address, session, """{"jsonrpc":"2.0","id":"wait","method":"tools/list"}""", "other"))
        {
            Assert.False(foreign.IsSuccessStatusCode);
        }

        await SendAsync(Factory.Address, other, Cancel, "other");
        await wait.UntilAsync(line => line == ":");
        await SendAsync(Factory.Address, session, Cancel);
        await wait.EndAsync();
    }

    [Fact]
    public async Task A_session_is_served_by_another_instance_with_its_subscriptions_and_streams()
    {
        await using var other = new McpApiFactory(Redis.ConnectionString, Stripe.Address, builder =>
        {
            Configure(builder);
            builder.UseSetting("CHECKOUT_DEPLOYMENT", Factory.Deployment);
        });
        var (session, id) = (await StartAsync(Factory.Address), await SellIdAsync());
        await SendAsync(Factory.Address, session, Subscribe(id));
        using var first = await OpenAsync(Factory.Address, session);
        using var waiting = await WaitAsync(session, id, "wait");
        var last = (await first.UntilAsync(line => line.StartsWith("id:", StringComparison.Ordinal)))["id:".Length..].Trim();
        var lastOfCall = (await waiting.UntilAsync(line => line.StartsWith("id:", StringComparison.Ordinal)))["id:".Length..].Trim();

        using var listed = await PostAsync(other.Address, session, """{"jsonrpc":"2.0","id":"list","method":"tools/list"}""");
        using var own = await OpenAsync(other.Address, session, last);
        using var call = await OpenAsync(other.Address, session, lastOfCall);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);

        Assert.Contains("initiate_checkout", await listed.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await own.UntilAsync(line => line.Contains("resources/updated", StringComparison.Ordinal));
        Assert.Contains("fulfilled", await call.UntilAsync(line => line.Contains("\"result\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_survives_a_restart_and_belongs_to_its_principal()
    {
        string session;
        await using (var earlier = new McpApiFactory(Redis.ConnectionString, Stripe.Address, Configure))
        {
            session = await StartAsync(earlier.Address, principal: "owner");
        }

        using var strange = await PostAsync(Factory.Address, session, """{"jsonrpc":"2.0","id":1,"method":"ping"}""", principal: "stranger");
        using var own = await PostAsync(Factory.Address, session, """{"jsonrpc":"2.0","id":2,"method":"ping"}""", principal: "owner");

        Assert.Equal(HttpStatusCode.NotFound, strange.StatusCode);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task A_session_that_its_client_has_ended_is_not_restored()
    {
        var session = await StartAsync(Factory.Address);
        using (var request = Request(HttpMethod.Delete, Factory.Address, session))
        using (await _http.SendAsync(request, Cancellation))
        {
        }

        using var response = await PostAsync(Factory.Address, session, """{"jsonrpc":"2.0","id":1,"method":"ping"}""");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static string Subscribe(string id) =>
        $$$"""{"jsonrpc":"2.0","id":"subscribe","method":"resources/subscribe","params":{"uri":"checkout://sessions/{{{id}}}"}}""";

    private async Task<string> SellIdAsync() => (await SellAsync()).GetProperty("session_id").GetString()!;

    private async Task<string> StartAsync(Uri address, string revision = "2025-11-25", string? principal = null)
    {
        using var response = await PostAsync(address, session: null, Initialize.Replace("2025-11-25", revision, StringComparison.Ordinal), principal: principal);
        await response.Content.ReadAsStringAsync(Cancellation);
        return response.Headers.GetValues(CallerSessions.Header).Single();
    }

    private async Task SendAsync(Uri address, string session, string message, string? principal = null)
    {
        using var response = await PostAsync(address, session, message, principal);
        await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<OpenStream> WaitAsync(string session, string id, string request) => new(await PostAsync(
        Factory.Address,
        session,
        JsonSerializer.Serialize(new
        {
            jsonrpc = "2.0",
            id = request,
            method = "tools/call",
            @params = new { name = "wait_for_payment", arguments = new { session_id = id, timeout_seconds = 600 }, _meta = new { progressToken = request } },
        })));

    private async Task<OpenStream> OpenAsync(Uri address, string session, string? lastEventId = null, string revision = "2025-11-25")
    {
        using var request = Request(HttpMethod.Get, address, session, revision);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new OpenStream(response);
    }

    private Task<HttpResponseMessage> PostAsync(Uri address, string? session, string message, string? principal = null)
    {
        var request = Request(HttpMethod.Post, address, session);
        request.Content = new StringContent(message, Encoding.UTF8, "application/json");
        if (principal is not null)
        {
            request.Headers.Add(TestPrincipals.Header, principal);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address, string? session, string? revision = null)
    {
        var request = new HttpRequestMessage(method, new Uri(address, "/mcp"));
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (session is not null)
        {
            request.Headers.Add(CallerSessions.Header, session);
        }

        if (revision is not null)
        {
            request.Headers.Add("MCP-Protocol-Version", revision);
        }

        return request;
    }

    /// <summary>An event stream, read line by line.</summary>
    private sealed class OpenStream(HttpResponseMessage response) : IDisposable
    {
        private StreamReader? _reader;

        public HttpResponseMessage Response => response;

        /// <summary>The next line that is wanted. The stream must not end before.</summary>
        public async Task<string> UntilAsync(Func<string, bool> isWanted)
        {
            _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            while (true)
            {
                var line = await _reader.ReadLineAsync(Cancellation);
                Assert.NotNull(line);
                if (isWanted(line))
                {
                    return line;
                }
            }
        }

        /// <summary>Reads until the stream ends.</summary>
        public async Task EndAsync()
        {
            _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            while (await _reader.ReadLineAsync(Cancellation) is not null)
            {
            }
        }

        public void Dispose()
        {
            _reader?.Dispose();
            response.Dispose();
        }
    }
}
