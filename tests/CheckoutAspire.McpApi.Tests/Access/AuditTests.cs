using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Access;

/// <summary>The audit is a single stream, so each test has a Redis of its own.</summary>
public sealed class AuditTests(RedisFixture shared) : McpApiTest(shared)
{
    private RedisServer? _redis;

    protected override string RedisConnection => _redis!.ConnectionString;

    public override async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _redis!.DisposeAsync();
    }

    [Fact]
    public async Task A_sale_is_audited_before_and_after_without_its_values()
    {
        var sale = await SellAsync(("customer_email", "buyer@example.com"), ("idempotency_key", "cart-77"));

        var entries = await AuditAsync();
        var (intent, outcome) = (entries[0], entries[1]);
        Assert.Equal(2, entries.Count);
        Assert.Equal(("intent", "initiate_checkout", "pending"), (intent["phase"], intent["tool"], intent["decision"]));
        Assert.Equal(("outcome", "initiate_checkout", "ok"), (outcome["phase"], outcome["tool"], outcome["decision"]));
        Assert.Equal(intent["call"], outcome["call"]);
        Assert.Equal(sale.GetProperty("session_id").GetString(), outcome["session_id"]);
        Assert.Equal(("4999", "usd"), (outcome["amount"], outcome["currency"]));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("cart-77"))), outcome["key_digest"]);
        Assert.Matches("^[0-9a-f]{64}$", outcome["arguments_digest"]);
        Assert.True(DateTimeOffset.TryParse(outcome["at"], out _));
        Assert.All(entries.SelectMany(entry => entry.Values), value => Assert.DoesNotMatch("buyer|Red mug|cart-77|sk_test", value));
    }

    [Fact]
    public async Task A_replacement_is_audited_with_the_checkout_that_it_closes()
    {
        var old = (await SellAsync()).GetProperty("session_id").GetString();
        var changed = await CallAsync("initiate_checkout", new() { ["replaces"] = old, ["quantity"] = 2 });

        Assert.Equal([old, changed.GetProperty("session_id").GetString()], (await AuditAsync()).TakeLast(2).Select(entry => entry["session_id"]));
    }

    [Fact]
    public async Task The_digest_depends_on_the_arguments_and_not_on_their_formatting()
    {
        await CallAsync("initiate_checkout", new() { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["currency"] = "eur" });
        await CallAsync("initiate_checkout", new() { ["currency"] = "eur", ["price_cents"] = 4999, ["product_name"] = "Red mug" });
        await CallAsync("initiate_checkout", new() { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["currency"] = "gbp" });

        var digests = (await AuditAsync()).Where(entry => entry["phase"] == "outcome").Select(entry => entry["arguments_digest"]).ToArray();
        Assert.Equal(digests[0], digests[1]);
        Assert.NotEqual(digests[0], digests[2]);
    }

    [Theory]
    [InlineData("currency", "xyz", "currency_not_supported")]
    [InlineData("success_url", "https://elsewhere.example/thanks", "origin_not_allowed")]
    public async Task A_rejected_sale_is_audited_with_its_code(string argument, string value, string code)
    {
        await CallForErrorAsync("initiate_checkout", Mug((argument, value)));

        Assert.Equal(["pending", code], (await AuditAsync()).Select(entry => entry["decision"]));
    }

    [Fact]
    public async Task Calls_that_read_and_calls_of_unknown_tools_leave_no_entry_whatever_they_return()
    {
        var sale = await SellAsync();
        await CallAsync("get_checkout", new() { ["session_id"] = sale.GetProperty("session_id").GetString() });
        for (var call = 0; call < 20; call++)
        {
            await CallForErrorAsync("get_checkout", new() { ["session_id"] = $"cs_test_unknown{call}" });
            await Assert.ThrowsAsync<McpProtocolException>(() => CallForErrorAsync($"sell_{call}", []));
        }

        Assert.Equal(["pending", "ok"], (await AuditAsync()).Select(entry => entry["decision"]));
    }

    [Fact]
    public async Task Without_an_audit_entry_nothing_is_sold()
    {
        // The key has another type, so XADD fails while the rest of Redis works.
        await _redis!.Database.StringSetAsync("co:audit", "in the way");

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("ledger_unreachable", error.GetProperty("code").GetString());
        Assert.Equal(5, error.GetProperty("retry_after").GetInt32());
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task Entries_older_than_the_retention_are_trimmed()
    {
        // Very old entries. Trimming is approximate, by whole nodes of a hundred entries.
        for (var entry = 1; entry <= 250; entry++)
        {
            await _redis!.Database.StreamAddAsync("co:audit", [new NameValueEntry("principal", "old")], $"{entry}-0");
        }

        await SellAsync();

        Assert.InRange(await _redis!.Database.StreamLengthAsync("co:audit"), 2, 152);
        Assert.Equal(2, (await AuditAsync()).Count);
    }

    private async Task<IReadOnlyList<Dictionary<string, string>>> AuditAsync() => await AuditReader.ReadAsync(_redis!.Connection, "anonymous");
}
