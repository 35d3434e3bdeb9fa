using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>The effect of Stripe's failures and rejections on a checkout.</summary>
public sealed class UcpStripeErrorTests(RedisFixture redis) : UcpTest(redis)
{
    private const McpErrorCode Protocol = (McpErrorCode)(-32000);

    private StripeStub? _stub;

    protected override string StripeAddress => _stub!.Address;

    public override async ValueTask InitializeAsync()
    {
        _stub = await StripeStub.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _stub!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_completion_that_Stripe_did_not_answer_is_finished_by_the_same_key()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        var key = NewKey();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _stub!.NextError(503, "api_error");
        }

        var refused = await RefusedAsync("complete_checkout", Completion(id, key));
        var between = await GetAsync(id);
        var escalated = await CompleteAsync(id, key);

        Assert.Equal((Protocol, "stripe_error"), (refused.ErrorCode, refused.Data["code"]!.ToString()));
        Assert.NotNull(refused.Data["retry_after"]);
        Assert.Equal("complete_in_progress", Status(between));
        Assert.Equal(["info/completion_unfinished/"], Messages(between));
        Assert.Equal("requires_escalation", Status(escalated));
        Assert.Equal(1, _stub!.SessionCount);
    }

    [Fact]
    public async Task A_checkout_that_Stripe_rejects_is_open_for_other_lines()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        _stub!.NextError(400, "invalid_request_error", "amount_too_small");

        var refused = await CompleteAsync(id);
        var updated = await UpdateAsync(id, ("mug-red", 1));

        Assert.Equal("incomplete", Status(refused));
        Assert.Equal(["error/amount_too_small/recoverable"], Messages(refused));
        Assert.DoesNotContain("raw words of Stripe", refused.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("ready_for_complete", Status(updated));
        Assert.Equal("requires_escalation", Status(await CompleteAsync(id)));
    }

    [Fact]
    public async Task A_key_that_Stripe_does_not_take_is_the_operators_matter()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        _stub!.NextError(401, "invalid_request_error");

        var refused = await RefusedAsync("complete_checkout", Completion(id, NewKey()));

        Assert.Equal((McpErrorCode.InternalError, "authentication_failed"), (refused.ErrorCode, refused.Data["code"]!.ToString()));
    }

    [Fact]
    public async Task A_page_that_could_not_be_expired_is_not_reported_as_canceled()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        await CompleteAsync(id);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _stub!.NextError(503, "api_error");
        }

        var refused = await RefusedAsync("cancel_checkout", new() { ["meta"] = Meta(NewKey()), ["id"] = id });

        Assert.Equal(Protocol, refused.ErrorCode);
        Assert.Equal("requires_escalation", Status(await GetAsync(id)));
    }

    private static JsonObject Completion(string id, string key) => new() { ["meta"] = Meta(key), ["id"] = id, ["checkout"] = new JsonObject() };
}
