using System.Collections.Concurrent;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class HandOffTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    protected override void Configure(IWebHostBuilder builder) =>
        builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(_time));

    [Theory]
    [InlineData("2025-11-25", "accept", "accepted")]
    [InlineData("2025-11-25", "decline", "declined")]
    [InlineData("2025-11-25", "cancel", "cancelled")]
    [InlineData("2026-07-28", "accept", "accepted")]
    [InlineData("2026-07-28", "decline", "declined")]
    [InlineData("2026-07-28", "cancel", "cancelled")]
    public async Task The_client_asks_the_buyer_to_open_the_page_and_the_call_returns_the_answer(string revision, string action, string outcome)
    {
        var asked = new ConcurrentQueue<ElicitRequestParams>();
        await using var client = await ConnectAsync(revision, question =>
        {
            asked.Enqueue(question);
            return new ElicitResult { Action = action };
        });

        var sold = await SellAsync(client);

        Assert.Equal(outcome, sold.GetProperty("hand_off").GetString());
        Assert.Equal("open", sold.GetProperty("status").GetString());
        Assert.Equal("unpaid", sold.GetProperty("payment_status").GetString());
        Assert.False(sold.GetProperty("replayed").GetBoolean());
        var question = Assert.Single(asked);
        Assert.Equal(("url", sold.GetProperty("checkout_url").GetString()), (question.Mode, question.Url));
        Assert.Contains("49.99 USD", question.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("mug", question.Message, StringComparison.Ordinal);
        Assert.Single(Stripe.Creates);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_buyer_is_asked_only_if_the_agent_requests_it(string revision)
    {
        await using var client = await ConnectAsync(revision, _ => throw new InvalidOperationException("asked"));

        var sold = await SellAsync(client, HandOffMode.Link);
        var byDefault = await SellAsync(client, handOff: null);

        Assert.All([sold, byDefault], answer => Assert.False(answer.TryGetProperty("hand_off", out _)));
        Assert.StartsWith("https://", sold.GetProperty("checkout_url").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2025-11-25", false)]
    [InlineData("2025-11-25", true)]
    [InlineData("2026-07-28", false)]
    [InlineData("2026-07-28", true)]
    public async Task A_client_that_cannot_ask_for_a_page_gets_the_link(string revision, bool asksForms)
    {
        await using var client = await Factory.ConnectAsync(revision, configure: options =>
        {
            if (asksForms)
            {
                options.Capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Form = new FormElicitationCapability() } };
                options.Handlers.ElicitationHandler = (_, _) => throw new InvalidOperationException("asked");
            }
        });

        var sold = await SellAsync(client);

        Assert.Equal("link", sold.GetProperty("hand_off").GetString());
        Assert.StartsWith("https://", sold.GetProperty("checkout_url").GetString(), StringComparison.Ordinal);
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_client_that_fails_to_ask_gets_the_link()
    {
        await using var client = await ConnectAsync("2025-11-25", _ => throw new InvalidOperationException("no window"));

        Assert.Equal("link", (await SellAsync(client)).GetProperty("hand_off").GetString());
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_buyer_who_is_away_does_not_keep_the_link_from_the_agent()
    {
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<ElicitResult>();
        await using var client = await Factory.ConnectAsync("2025-11-25", configure: options =>
        {
            options.Capabilities = AsksForPages();
            options.Handlers.ElicitationHandler = (_, cancellationToken) =>
            {
                asked.SetResult();
                return new ValueTask<ElicitResult>(never.Task.WaitAsync(cancellationToken));
            };
        });

        var selling = SellAsync(client);
        await asked.Task;
        _time.Advance(new HandOffTimeouts().Answer);
        var sold = await selling;

        Assert.Equal("unanswered", sold.GetProperty("hand_off").GetString());
        Assert.StartsWith("https://", sold.GetProperty("checkout_url").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_round_continues_the_session_of_the_first_and_only_once()
    {
        using var raw = new RawClient(Factory.Address);
        var first = await raw.CallAsync("initiate_checkout", Arguments());
        Assert.Equal("input_required", first.GetProperty("resultType").GetString());
        var question = first.GetProperty("inputRequests").GetProperty(BuyerHandOff.Question);
        Assert.Equal("elicitation/create", question.GetProperty("method").GetString());
        Assert.Equal("url", question.GetProperty("params").GetProperty("mode").GetString());
        Assert.False(question.GetProperty("params").TryGetProperty("elicitationId", out _));
        var state = first.GetProperty("requestState").GetString();

        var second = Structured(await raw.CallAsync("initiate_checkout", Arguments(), state, Accept()));
        var third = Structured(await raw.CallAsync("initiate_checkout", Arguments(), state, Accept()));

        Assert.Equal("accepted", second.GetProperty("hand_off").GetString());
        Assert.Equal(question.GetProperty("params").GetProperty("url").GetString(), second.GetProperty("checkout_url").GetString());
        Assert.Equal("invalid_request_state", third.GetProperty("code").GetString());
        Assert.Contains(second.GetProperty("session_id").GetString()!, third.GetProperty("error").GetString()!, StringComparison.Ordinal);
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_second_call_without_an_answer_asks_again_for_the_same_session()
    {
        using var raw = new RawClient(Factory.Address);
        var first = await raw.CallAsync("initiate_checkout", Arguments());

        var again = await raw.CallAsync("initiate_checkout", Arguments(), first.GetProperty("requestState").GetString());
        var unreadable = await raw.CallAsync(
            "initiate_checkout", Arguments(), again.GetProperty("requestState").GetString(), new { open_payment_page = "yes" });
        var answered = Structured(await raw.CallAsync(
            "initiate_checkout", Arguments(), unreadable.GetProperty("requestState").GetString(), Accept()));

        Assert.Equal("input_required", again.GetProperty("resultType").GetString());
        Assert.Equal("accepted", answered.GetProperty("hand_off").GetString());
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_state_that_was_changed_or_issued_for_another_call_is_rejected_and_sells_nothing()
    {
        using var raw = new RawClient(Factory.Address);
        var state = (await raw.CallAsync("initiate_checkout", Arguments())).GetProperty("requestState").GetString()!;
        var parts = state.Split('.');
        string[] forged =
        [
            "", "nonsense", "1..", "1.e30.e30", $"2.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}A.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{Flip(parts[2])}", state + ".x",
        ];

        foreach (var each in forged)
        {
            var refused = Structured(await raw.CallAsync("initiate_checkout", Arguments(), each, Accept()));
            Assert.Equal(("invalid_request_state", "requestState"), (refused.GetProperty("code").GetString(), refused.GetProperty("param").GetString()));
        }

        var otherArguments = Structured(await raw.CallAsync("initiate_checkout", Arguments(("price_cents", 1)), state, Accept()));
        Assert.Equal("invalid_request_state", otherArguments.GetProperty("code").GetString());
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_state_is_valid_for_one_caller_and_one_tool_and_expires()
    {
        var ledger = Factory.Services.GetRequiredService<RequestStateStore>();
        var states = new RequestStates(ledger, TimeProvider.System);
        var later = new RequestStates(ledger, new Ahead(TimeSpan.FromMinutes(31)));
        var (owner, other) = (new Caller("a"), new Caller("b"));
        var pending = new PendingHandOff("cs_test_1");
        var state = await states.IssueAsync(pending, owner, "initiate_checkout", "digest");

        foreach (var attempt in (Func<Task>[])
            [
                () => states.RedeemAsync(state, other, "initiate_checkout", "digest"),
                () => states.RedeemAsync(state, owner, "create_checkout", "digest"),
                () => states.RedeemAsync(state, owner, "initiate_checkout", "other"),
                () => later.RedeemAsync(state, owner, "initiate_checkout", "digest"),
            ])
        {
            Assert.Equal(Errors.CheckoutErrorCode.InvalidRequestState, (await Assert.ThrowsAsync<Errors.CheckoutException>(attempt)).Error.Code);
        }

        Assert.Equal(pending, await states.RedeemAsync(state, owner, "initiate_checkout", "digest"));
    }

    private static Dictionary<string, object?> Arguments(params (string Name, object? Value)[] changes) =>
        Mug([("hand_off", HandOffMode.Elicitation), .. changes]);

    private static object Accept() => new { open_payment_page = new { action = "accept" } };

    private static string Flip(string signature) => (signature[0] == 'A' ? 'B' : 'A') + signature[1..];

    private static JsonElement Structured(JsonElement result) => result.GetProperty("structuredContent");

    private static ClientCapabilities AsksForPages() => new() { Elicitation = new ElicitationCapability { Url = new UrlElicitationCapability() } };

    private Task<McpClient> ConnectAsync(string revision, Func<ElicitRequestParams, ElicitResult> answer) =>
        Factory.ConnectAsync(revision, configure: options =>
        {
            options.Capabilities = AsksForPages();
            options.Handlers.ElicitationHandler = (question, _) => ValueTask.FromResult(answer(question!));
        });

    private static async Task<JsonElement> SellAsync(McpClient client, string? handOff = HandOffMode.Elicitation)
    {
        var result = await client.CallToolAsync("initiate_checkout", Mug(("hand_off", handOff)), cancellationToken: Cancellation);
        Assert.NotEqual(true, result.IsError);
        return result.StructuredContent!.Value;
    }

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
