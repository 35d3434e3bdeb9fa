using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>
/// Generated calls to the whole server, with the Stripe sandbox and a real Redis. FUZZ_CALLS=10000 is the long form, and FUZZ_SEED generates others.
/// </summary>
[Trait("loop", "long")]
public sealed partial class ArgumentFuzzTests(RedisFixture redis) : IAsyncLifetime
{
    private const int DefaultSeed = 26;
    private const int DefaultCalls = 2_000;
    private const int AtOnce = 4;
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private SandboxServer? _sandbox;
    private McpApiFactory? _factory;
    private RawMcp? _raw;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _sandbox = new SandboxServer();
        _factory = new McpApiFactory(redis.Server.ConnectionString, _sandbox.ApiBase);
        _raw = new RawMcp(_factory.Address);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _raw!.Dispose();
        await _factory!.DisposeAsync();
        await _sandbox!.DisposeAsync();
    }

    [Fact]
    public async Task No_generated_argument_sells_wrongly_or_reveals_internals()
    {
        var (seed, count) = (Number("FUZZ_SEED") ?? DefaultSeed, Number("FUZZ_CALLS") ?? DefaultCalls);
        TestContext.Current.TestOutputHelper!.WriteLine($"FUZZ_SEED={seed}");
        var generator = new ArgumentGenerator(seed);
        var calls = Enumerable.Range(0, count).Select(_ => generator.Next()).ToArray();
        ConcurrentBag<string> sold = [];

        await Parallel.ForEachAsync(
            calls,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation },
            async (call, _) =>
            {
                if (await RunAsync(call, seed) is { } session)
                {
                    sold.Add(session);
                }
            });

        Assert.Equal(calls.Count(call => call.IsValid), sold.Count);
        Assert.Equal(sold.Order(StringComparer.Ordinal), (await SessionsAsync()).Order(StringComparer.Ordinal));
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private async Task<string?> RunAsync(GeneratedCall call, int seed)
    {
        var description = $"FUZZ_SEED={seed} {call.Tool} {call.Arguments}";
        // The ledger may be slow on a busy machine, so calls that ask to be repeated are repeated with their key until the lease has ended.
        var answer = await Eventually.GetAsync(
            () => CallAsync(call, description), answer => !call.IsValid || !MayBeRepeated(answer), Cancellation, s_timeout);
        var content = answer.GetProperty("structuredContent");
        Assert.False(Internals().IsMatch(answer.GetRawText()), $"{answer} reveals internals: {description}");
        if (call.IsValid)
        {
            Assert.False(IsError(answer), $"{answer} rejects a valid call: {description}");
            return content.GetProperty("session_id").GetString();
        }

        Assert.True(IsError(answer), $"{answer} accepts an invalid call: {description}");
        Assert.True(content.GetProperty("code").GetString() is not "internal_error", $"{answer} is a defect: {description}");
        return null;
    }

    private async Task<JsonElement> CallAsync(GeneratedCall call, string description)
    {
        using var response = await _raw!.SendAsync(RawMcp.Message("tools/call", call.Tool, call.Arguments), "tools/call", call.Tool);
        Assert.True(response.StatusCode is HttpStatusCode.OK, $"{response.StatusCode}: {description}");
        return (await RawMcp.ReadAsync(response)).GetProperty("result");
    }

    private static bool MayBeRepeated(JsonElement answer) => IsError(answer) && answer.GetProperty("structuredContent").TryGetProperty("retry_after", out _);

    private static bool IsError(JsonElement answer) => answer.TryGetProperty("isError", out var isError) && isError.GetBoolean();

    private async Task<IReadOnlyList<string>> SessionsAsync()
    {
        var stripe = new StripeClient(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = _sandbox!.ApiBase });
        List<string> ids = [];
        await foreach (var session in new SessionService(stripe)
            .ListAutoPagingAsync(new SessionListOptions { Limit = 100 }, cancellationToken: Cancellation))
        {
            ids.Add(session.Id);
        }

        return ids;
    }

    /// <summary>A key, a stack frame (<c>   at Stripe.StripeClient.…</c>), a type's name, a path, a connection string.</summary>
    [GeneratedRegex(@"sk_test|sk_live|whsec_|\bat [A-Z]\w+\.[A-Z]|Exception|System\.|StackExchange|\.cs:line|127\.0\.0\.1:\d+,")]
    private static partial Regex Internals();
}
