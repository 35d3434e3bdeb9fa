using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Webhooks.Tests;

public sealed class StripeWebhookTests : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly RedisServer _redis;
    private readonly LedgerKit _ledger;
    private readonly string _session = LedgerKit.NewSessionId();
    private WebhooksHost _host = null!;

    public StripeWebhookTests(RedisFixture redis)
    {
        _redis = redis.Server;
        _ledger = new LedgerKit(_redis.Connection);
    }

    public async ValueTask InitializeAsync()
    {
        _host = await WebhooksHost.StartAsync(_redis.ConnectionString);
        await Eventually.GetAsync(
            () => _host.Http.GetAsync(new Uri(_host.ClientOptions.BaseAddress, "health")),
            response => response.IsSuccessStatusCode,
            TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_verified_event_is_in_the_stream_with_its_raw_bytes_when_200_is_answered()
    {
        var body = StripeEvents.Checkout(_session, traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");

        var response = await _host.DeliverAsync(body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = await SingleEntryAsync();
        Assert.Equal(body, (byte[])entry.Body!);
        Assert.Equal((string?)JsonNode.Parse(body)!["id"], entry.Id);
        Assert.Equal(HandledEvents.CheckoutCompleted, entry.Type);
        Assert.False(entry.Livemode);
        Assert.InRange(entry.ReceivedAt, TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task The_root_says_what_this_service_is_and_unknown_paths_do_not_exist()
    {
        Assert.Contains("POST /webhook/stripe", await _host.Http.GetStringAsync(new Uri(_host.ClientOptions.BaseAddress, "/"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var unknown = await _host.Http.GetAsync(new Uri(_host.ClientOptions.BaseAddress, "/nowhere"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData(HandledEvents.InvoicePaymentFailed, "invoice")]
    [InlineData(HandledEvents.SubscriptionUpdated, "subscription")]
    [InlineData(HandledEvents.SubscriptionDeleted, "subscription")]
    public async Task An_event_about_a_subscription_after_its_first_payment_is_stored(string type, string kind)
    {
        var response = await _host.DeliverAsync(StripeEvents.Of(type, new JsonObject { ["id"] = _session, ["object"] = kind }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, (await SingleEntryAsync()).Type);
    }

    [Fact]
    public async Task A_stored_event_notifies_the_workers()
    {
        var rung = new TaskCompletionSource();
        await _redis.Connection.GetSubscriber().SubscribeAsync(Partition.Signal, (_, _) => rung.TrySetResult());

        await _host.DeliverAsync(StripeEvents.Checkout(_session));

        await rung.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("", "signature_missing")]
    [InlineData("garbage", "signature_malformed")]
    [InlineData("t=,v1=", "signature_malformed")]
    [InlineData("t=12345678901234567890123456789012345678901234567890,v1=aa", "signature_malformed")]
    [InlineData("v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", "signature_malformed")]
    [InlineData("t=1763884800,v1=", "signature_mismatch")]
    [InlineData("t=1763884800,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", "signature_mismatch")]
    public async Task A_header_that_proves_nothing_is_answered_400_and_nothing_is_stored(string header, string code) =>
        await AssertRefusedAsync(await _host.DeliverAsync(StripeEvents.Checkout(_session), header), HttpStatusCode.BadRequest, code);

    [Fact]
    public async Task A_signature_by_another_secret_is_refused()
    {
        var body = StripeEvents.Checkout(_session);

        await AssertRefusedAsync(
            await _host.DeliverAsync(body, StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), "whsec_other")),
            HttpStatusCode.BadRequest, "signature_mismatch");
    }

    [Fact]
    public async Task A_signature_of_the_v0_scheme_alone_is_refused()
    {
        var body = StripeEvents.Checkout(_session);
        var header = StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), StripeEvents.Secret).Replace("v1=", "v0=", StringComparison.Ordinal);

        await AssertRefusedAsync(await _host.DeliverAsync(body, header), HttpStatusCode.BadRequest, "signature_malformed");
    }

    [Fact]
    public async Task One_flipped_bit_is_refused()
    {
        var body = StripeEvents.Checkout(_session);
        var header = StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), StripeEvents.Secret);
        body[body.Length / 2] ^= 1;

        await AssertRefusedAsync(await _host.DeliverAsync(body, header), HttpStatusCode.BadRequest, "signature_mismatch");
    }

    [Fact]
    public async Task Two_secrets_are_both_accepted_while_one_is_rolled()
    {
        await using var rolling = await WebhooksHost.StartAsync(_redis.ConnectionString, $"whsec_new, {StripeEvents.Secret}");
        foreach (var secret in (string[])["whsec_new", StripeEvents.Secret])
        {
            var body = StripeEvents.Checkout(_session);
            await Eventually.GetAsync(
                () => rolling.DeliverAsync(body, StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), "whsec_unknown", secret)),
                response => response.StatusCode is HttpStatusCode.OK,
                TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await EntriesAsync()).Count);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_verified_by_their_signature_and_stored_unchanged()
    {
        byte[] body = [.. "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"id\":\""u8, .. Encoding.UTF8.GetBytes(_session),
            .. "\",\"note\":\""u8, 0xC3, 0x28, .. "\"}}}"u8];

        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(body)).StatusCode);
        Assert.Equal(body, (byte[])(await SingleEntryAsync()).Body!);
    }

    [Fact]
    public async Task A_body_of_more_than_256_KiB_is_answered_413()
    {
        await AssertRefusedAsync(await _host.DeliverAsync(new byte[257 * 1024]), HttpStatusCode.RequestEntityTooLarge, "unreadable_body");
        await AssertRefusedAsync(
            await _host.DeliverAsync(new byte[257 * 1024], change: request => request.Headers.TransferEncodingChunked = true),
            HttpStatusCode.RequestEntityTooLarge, "unreadable_body");
    }

    [Fact]
    public async Task Bodies_that_are_too_large_are_logged_by_one_line_a_minute()
    {
        await _host.DeliverAsync(new byte[257 * 1024]);
        await _host.DeliverAsync(new byte[2 * 1024 * 1024], change: request => request.Headers.TransferEncodingChunked = true);

        Assert.Contains("rejected with 413", Assert.Single(_host.Logged), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_and_old_signatures_are_logged_by_one_line_each_a_minute()
    {
        var body = StripeEvents.Checkout(_session);
        for (var delivery = 0; delivery < 20; delivery++)
        {
            await _host.DeliverAsync(body, StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), "whsec_other"));
            await _host.DeliverAsync(body, at: TimeProvider.System.GetUtcNow().AddHours(-1));
        }

        Assert.Equal(2, _host.Logged.Count);
        Assert.Single(_host.Logged, line => line.Contains("matches none", StringComparison.Ordinal));
        Assert.Single(_host.Logged, line => line.Contains("timestamp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_of_a_connected_account_is_acknowledged_and_not_stored() =>
        await AssertAcknowledgedAsync(StripeEvents.Checkout(_session, change: e => e["account"] = "acct_1CONNECTED"));

    [Theory]
    [InlineData("""{"id":"\ud800","object":"event","type":"checkout.session.completed","livemode":false,"data":{"object":{"id":"cs_test_x"}}}""")]
    [InlineData("""{"id":"evt_10","object":"event","type":"checkout.session.completed","livemode":false,"data":{"object":{"id":"cs_test_a"}},"data":{"object":{"id":"cs_test_b"}}}""")]
    public async Task A_body_that_two_parsers_could_read_differently_is_one_dead_letter(string body)
    {
        var dead = _ledger.Partitions.All[0].Dead;
        var before = await _redis.Database.StreamLengthAsync(dead);

        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(Encoding.UTF8.GetBytes(body))).StatusCode);

        Assert.Equal(before + 1, await _redis.Database.StreamLengthAsync(dead));
        Assert.Empty(await EntriesAsync());
    }

    [Fact]
    public async Task A_chunked_body_without_a_length_is_read_whole()
    {
        var body = StripeEvents.Checkout(_session, change: e => e["padding"] = new string('x', 100_000));

        var response = await _host.DeliverAsync(body, change: request => request.Headers.TransferEncodingChunked = true);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, (byte[])(await SingleEntryAsync()).Body!);
    }

    [Fact]
    public async Task A_compressed_body_is_judged_as_sent_and_never_inflated()
    {
        var response = await _host.DeliverAsync(
            StripeEvents.Checkout(_session), change: request => request.Content!.Headers.ContentEncoding.Add("gzip"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task An_event_of_an_unhandled_type_is_acknowledged_and_not_stored() =>
        await AssertAcknowledgedAsync(StripeEvents.Checkout(_session, type: "payment_intent.created"));

    [Fact]
    public async Task A_thin_event_is_acknowledged_and_not_stored() =>
        await AssertAcknowledgedAsync(StripeEvents.Checkout(_session, change: e => e["object"] = "v2.core.event"));

    [Fact]
    public async Task Stripes_alert_that_it_failed_to_generate_events_is_counted_for_the_worker()
    {
        var alerts = new LostEventAlerts(_redis.Connection);
        var before = await alerts.CountAsync();
        var alert = """{"id":"evt_test_1","object":"v2.core.event","type":"v2.core.health.event_generation_failure.resolved","livemode":false}"""u8.ToArray();

        await AssertAcknowledgedAsync(alert);

        Assert.Equal(before + 1, await alerts.CountAsync());
    }

    [Fact]
    public async Task An_event_without_an_id_is_acknowledged_and_not_stored() =>
        await AssertAcknowledgedAsync(StripeEvents.Checkout(_session, change: e => e.Remove("id")));

    [Theory]
    [InlineData("2020-08-27")]
    [InlineData("2027-01-01.falcon")]
    [InlineData(null)]
    public async Task An_event_of_any_API_version_is_stored_with_its_version(string? version)
    {
        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(StripeEvents.Checkout(_session, change: e => e["api_version"] = version))).StatusCode);
        Assert.Equal(version ?? "", (await SingleEntryAsync()).ApiVersion.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"id\":\"evt_1\"} {}")]
    public async Task Verified_bytes_that_are_not_an_event_are_dead_lettered(string text)
    {
        var before = await _redis.Database.StreamLengthAsync(Partition.Dead);

        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(Encoding.UTF8.GetBytes(text))).StatusCode);

        var dead = await _redis.Database.StreamRangeAsync(Partition.Dead);
        Assert.Equal(before + 1, dead.Length);
        Assert.Equal(text, dead[^1]["body"].ToString());
        Assert.NotEmpty(dead[^1]["reason"].ToString());
    }

    [Fact]
    public async Task A_get_is_answered_405()
    {
        var response = await _host.Http.GetAsync(_host.Endpoint, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_sender_that_disconnects_midway_does_not_affect_others()
    {
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync("127.0.0.1", _host.Endpoint.Port, TestContext.Current.CancellationToken);
            await socket.GetStream().WriteAsync(
                "POST /webhook/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"id\":"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(StripeEvents.Checkout(_session))).StatusCode);
    }

    [Fact]
    public async Task While_Redis_is_down_503_is_answered_and_after_it_is_back_200()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var host = await WebhooksHost.StartAsync(redis.ConnectionString);
        var body = StripeEvents.Checkout(_session);
        await Eventually.GetAsync(() => host.DeliverAsync(body), response => response.StatusCode is HttpStatusCode.OK, TestContext.Current.CancellationToken);

        await redis.KillAsync();
        var response = await host.DeliverAsync(body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("not_stored", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["code"]);

        await redis.RestartAsync();
        await Eventually.GetAsync(() => host.DeliverAsync(body), response => response.StatusCode is HttpStatusCode.OK, TestContext.Current.CancellationToken);
    }

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    private async Task AssertAcknowledgedAsync(byte[] body)
    {
        Assert.Equal(HttpStatusCode.OK, (await _host.DeliverAsync(body)).StatusCode);
        Assert.Empty(await EntriesAsync());
    }

    private async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        Assert.Equal(code, (string?)problem!["code"]);
        Assert.Empty(await EntriesAsync());
    }

    private async Task<EventEntry> SingleEntryAsync() => Assert.Single(await EntriesAsync());

    /// <summary>The stream's entries about this test's session.</summary>
    private async Task<IReadOnlyList<EventEntry>> EntriesAsync()
    {
        var entries = new List<EventEntry>();
        foreach (var stored in await _redis.Database.StreamRangeAsync(Partition.Events))
        {
            Assert.True(EventEntry.TryRead(stored, out var entry));
            if (entry.ObjectId == (RedisValue)_session)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }
}
