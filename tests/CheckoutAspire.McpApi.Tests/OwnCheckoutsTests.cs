using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Client;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>A principal sees its own checkouts. The responses for other principals' checkouts are the same as for unknown ones.</summary>
public sealed class OwnCheckoutsTests(RedisFixture redis) : McpApiTest(redis)
{
    private McpClient? _alice;
    private McpClient? _bob;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _alice = await Factory.ConnectAsync(principal: "alice");
        _bob = await Factory.ConnectAsync(principal: "bob");
    }

    public override async ValueTask DisposeAsync()
    {
        await _alice!.DisposeAsync();
        await _bob!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("get_checkout")]
    [InlineData("cancel_checkout")]
    [InlineData("wait_for_payment")]
    public async Task Another_callers_checkout_is_reported_as_not_found(string tool)
    {
        var id = await SellAsync(_alice!);
        await Factory.ApplyAsync(await SellAsync(_alice!, "settled"), PaymentStatusChange.Paid);

        var unknown = await CallForErrorAsync(tool, Of("cs_test_nothing"), _bob!);
        Assert.Equal("not_found", unknown.GetProperty("code").GetString());
        foreach (var session in (string[])[id, await SellAsync(_alice!, "settled")])
        {
            Assert.Equal(unknown.GetRawText(), (await CallForErrorAsync(tool, Of(session), _bob!)).GetRawText());
            Assert.Equal(unknown.GetRawText(), (await CallForErrorAsync(tool, Of(session))).GetRawText());
        }

        if (tool != "wait_for_payment")
        {
            await CallAsync(tool, Of(id), _alice!);
        }
    }

    [Fact]
    public async Task Another_callers_checkout_cannot_be_read_or_subscribed_to()
    {
        var uri = "checkout://sessions/" + await SellAsync(_alice!);
        await _alice!.ReadResourceAsync(uri, cancellationToken: Cancellation);

        var read = await Assert.ThrowsAsync<McpProtocolException>(() => _bob!.ReadResourceAsync(uri, cancellationToken: Cancellation).AsTask());
        var unknown = await Assert.ThrowsAsync<McpProtocolException>(
            () => _bob!.ReadResourceAsync("checkout://sessions/cs_test_nothing", cancellationToken: Cancellation).AsTask());
        Assert.Equal(unknown.ErrorCode, read.ErrorCode);
        await using var follower = await Factory.ConnectAsync("2025-11-25", principal: "bob");
        await Assert.ThrowsAsync<McpProtocolException>(() => follower.SubscribeToResourceAsync(uri, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task The_order_has_its_owner_and_Stripe_receives_only_a_digest()
    {
        var id = await SellAsync(_alice!);

        var order = (await Ledger.FindAsync(id))!;
        Assert.Equal("alice", order.Principal);
        Assert.Equal(order.Owner, Assert.Single(Stripe.Creates).Form["metadata[owner]"]);
        Assert.DoesNotContain(Stripe.Creates[0].Form.Values, value => value.Contains("alice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_whose_record_was_lost_is_found_by_its_owner_alone()
    {
        var id = await SellAsync(_alice!);
        var partition = Factory.Services.GetRequiredService<LedgerPartitions>().Of(id);
        await Factory.Services.GetRequiredService<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase().KeyDeleteAsync(partition.Order(id));

        var found = await CallAsync("get_checkout", Of(id), _alice!);
        var refused = await CallForErrorAsync("get_checkout", Of(id), _bob!);

        Assert.Equal("unrecorded", found.GetProperty("order_state").GetString());
        Assert.Equal("not_found", refused.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_order_of_before_orders_had_owners_is_the_anonymous_caller_s()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.RecordAsync(new NewOrder
        {
            SessionId = id,
            OrderRef = "ord_old",
            AmountSubtotal = 4999,
            AmountTotal = 4999,
            Currency = "usd",
            Livemode = false,
            Mode = "payment",
            ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
            CheckoutUrl = "https://checkout.stripe.example/",
        });

        await CallAsync("get_checkout", Of(id));
        await CallForErrorAsync("get_checkout", Of(id), _alice!);
    }

    [Fact]
    public async Task A_principal_s_checkouts_are_listed_newest_first_a_page_at_a_time()
    {
        List<string> sold = [];
        for (var number = 0; number < 5; number++)
        {
            sold.Insert(0, await SellAsync(_alice!, $"sale {number}"));
            await SellAsync(_bob!, $"sale {number}");
        }

        List<string> listed = [];
        string? cursor = null;
        do
        {
            var page = await CallAsync("list_checkouts", new() { ["limit"] = 2, ["cursor"] = cursor }, _alice!);
            listed.AddRange(page.GetProperty("checkouts").EnumerateArray().Select(checkout => checkout.GetProperty("session_id").GetString()!));
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        // Checkouts of the same millisecond have no defined order.
        Assert.Equal(sold.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.Equal(sold[0], listed[0]);
        Assert.Empty((await CallAsync("list_checkouts", [])).GetProperty("checkouts").EnumerateArray());
    }

    [Fact]
    public async Task The_list_is_read_from_the_ledger_and_can_be_filtered()
    {
        var paid = await SellAsync(_alice!, "paid");
        await SellAsync(_alice!, "open");
        await Factory.ApplyAsync(paid, PaymentStatusChange.Paid);

        var page = await CallAsync("list_checkouts", new() { ["order_state"] = "fulfilled", ["limit"] = 1 }, _alice!);

        var checkout = Assert.Single(page.GetProperty("checkouts").EnumerateArray());
        Assert.Equal(paid, checkout.GetProperty("session_id").GetString());
        Assert.Equal("complete", checkout.GetProperty("status").GetString());
        Assert.Equal("paid", checkout.GetProperty("payment_status").GetString());
        Assert.Equal(4999, checkout.GetProperty("amount_total").GetInt64());
        Assert.Equal("Red mug", checkout.GetProperty("product_name").GetString());
        Assert.False(checkout.TryGetProperty("checkout_url", out _));
        Assert.False(page.TryGetProperty("next_cursor", out _));
    }

    [Theory]
    [InlineData("cursor", "no cursor!")]
    [InlineData("cursor", "eA")]
    [InlineData("limit", 0)]
    [InlineData("limit", 101)]
    [InlineData("order_state", "paid")]
    public async Task A_wrong_argument_of_a_list_is_named(string name, object value)
    {
        var error = await CallForErrorAsync("list_checkouts", new() { [name] = value });

        Assert.Equal(name, error.GetProperty("param").GetString());
    }

    [Fact]
    public void Owners_differ_between_installations()
    {
        var ownership = Factory.Services.GetRequiredService<Ownership>();

        Assert.NotEqual(ownership.Of(new Caller("alice")), ownership.Of(new Caller("bob")));
        Assert.Matches("^[0-9a-f]{32}$", ownership.Of(Caller.Anonymous));
    }

    private static Dictionary<string, object?> Of(string id) => new() { ["session_id"] = id };

    private async Task<string> SellAsync(McpClient client, string key = "sale") =>
        (await CallAsync("initiate_checkout", Mug(("idempotency_key", key)), client)).GetProperty("session_id").GetString()!;
}
