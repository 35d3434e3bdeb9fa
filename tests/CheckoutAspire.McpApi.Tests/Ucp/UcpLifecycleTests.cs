using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>The effect of each call in each state. Real calls lead to the states.</summary>
public sealed class UcpLifecycleTests(RedisFixture redis) : UcpTest(redis)
{
    private const string NotAllowed = "error: not_allowed";

    [Theory]
    // state                   get                     update                complete                cancel
    [InlineData("incomplete", "incomplete", "ready_for_complete", "incomplete", "canceled")]
    [InlineData("ready_for_complete", "ready_for_complete", "ready_for_complete", "requires_escalation", "canceled")]
    [InlineData("half_completed", "complete_in_progress", NotAllowed, "requires_escalation", "canceled")]
    [InlineData("requires_escalation", "requires_escalation", "ready_for_complete", "requires_escalation", "canceled")]
    [InlineData("complete_in_progress", "complete_in_progress", NotAllowed, "complete_in_progress", NotAllowed)]
    [InlineData("completed", "completed", NotAllowed, "completed", NotAllowed)]
    [InlineData("under_review", "completed", NotAllowed, "completed", NotAllowed)]
    [InlineData("canceled", "canceled", NotAllowed, NotAllowed, "canceled")]
    [InlineData("session_expired", "canceled", NotAllowed, NotAllowed, "canceled")]
    [InlineData("payment_failed", "canceled", NotAllowed, NotAllowed, "canceled")]
    [InlineData("expired", "canceled", NotAllowed, NotAllowed, "canceled")]
    public async Task Each_call_has_the_tables_effect_in_each_state(string state, string get, string update, string complete, string cancel)
    {
        Assert.Equal(get, Outcome(await GetAsync(await ReachAsync(state))));
        Assert.Equal(update, Outcome(await UpdateAsync(await ReachAsync(state), ("tea", 1))));
        Assert.Equal(complete, Outcome(await CompleteAsync(await ReachAsync(state))));
        Assert.Equal(cancel, Outcome(await CancelAsync(await ReachAsync(state))));
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("canceled")]
    public async Task A_final_state_is_not_changed(string state)
    {
        var id = await ReachAsync(state);
        var before = await GetAsync(id);

        await UpdateAsync(id, ("tea", 3));
        await CompleteAsync(id);
        await CancelAsync(id);

        Assert.True(JsonElement.DeepEquals(before, await GetAsync(id)));
    }

    [Theory]
    [InlineData("get_checkout")]
    [InlineData("update_checkout")]
    [InlineData("complete_checkout")]
    [InlineData("cancel_checkout")]
    [InlineData("get_order")]
    public async Task An_unknown_id_is_not_found(string tool)
    {
        foreach (var id in new[] { "chk_" + Guid.NewGuid().ToString("N"), "ord_" + Guid.NewGuid().ToString("N"), "x", "chk_*", "ord_?" })
        {
            var answer = await CallAsync(tool, new() { ["meta"] = Meta(NewKey()), ["id"] = id, ["checkout"] = Lines(("tea", 1)) });

            Assert.Equal("error: not_found", Outcome(answer));
        }
    }

    private static string Outcome(JsonElement answer) => answer.TryGetProperty("status", out var status)
        ? status.GetString()!
        : "error: " + Assert.Single(answer.GetProperty("messages").EnumerateArray()).GetProperty("code").GetString();

    private async Task<string> ReachAsync(string state)
    {
        var id = Id(await CreateAsync(("mug-red", state == "incomplete" ? 11 : 1)));
        switch (state)
        {
            case "incomplete" or "ready_for_complete":
                return id;
            case "canceled":
                await CancelAsync(id);
                return id;
            case "half_completed":
                // The state after a crash between the decision to sell and Stripe's response.
                await StoreAsync(id, draft => draft with { Phase = DraftPhase.Completing });
                return id;
            case "expired":
                await StoreAsync(id, draft => draft with { ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(-1) });
                return id;
            default:
                break;
        }

        await CompleteAsync(id);
        var sessionId = (await Service<CheckoutDrafts>().FindAsync(Caller.Anonymous, id))!.Draft.SessionId!;
        switch (state)
        {
            case "complete_in_progress":
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Processing);
                break;
            case "completed":
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Paid);
                break;
            case "under_review":
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Paid, amount: 1);
                break;
            case "session_expired":
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Expired);
                break;
            case "payment_failed":
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Processing);
                await Factory.ApplyAsync(sessionId, PaymentStatusChange.Failed);
                break;
            default:
                break;
        }

        return id;
    }
}
