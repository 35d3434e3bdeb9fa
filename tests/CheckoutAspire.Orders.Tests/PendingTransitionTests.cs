using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>A fact on its way to <c>apply_facts.lua</c>.</summary>
public sealed class PendingTransitionTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly CheckoutFact s_fact = new()
    {
        SessionId = "cs_test_1",
        Fact = PaymentStatusChange.Paid,
        Origin = SaleOrigin.Proven,
        PaymentStatus = "no_payment_required",
        AmountSubtotal = 0,
        AmountTotal = -9_007_199_254_740_993,
        Currency = "usd",
        Livemode = true,
        PaymentIntent = new string('p', 40),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_800_123),
        AsOf = DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_900_456),
        TotalVaries = true,
        Suspicion = "Ünïcode \n" + new string('s', 70_000),
        Subscription = "",
        Source = "evt_1",
    };

    [Fact]
    public async Task The_script_reads_each_value_of_a_fact_under_its_name()
    {
        var read = await ReadByScriptAsync(
            new PendingTransition(s_fact, "1763884800123-0", livemode: true, TimeSpan.FromSeconds(30)),
            "entry", "session", "payment", "origin", "ledger_livemode", "lease", "paid_status", "paid_subtotal", "paid_total", "paid_currency",
            "paid_livemode", "intent", "created_at", "as_of", "total_varies", "suspicion", "subscription", "source");

        Assert.Equal(
            [
                "1763884800123-0", "cs_test_1", "paid", "proven", "1", "30000", "no_payment_required", "0", "-9007199254740993", "usd", "1",
                s_fact.PaymentIntent, "1763884800123", "1763884900456", "1", s_fact.Suspicion, "", "evt_1",
            ],
            read);
    }

    [Theory]
    [InlineData(null, "0")]
    [InlineData(1_763_884_900_456, "asked 1763884900456")]
    public async Task A_fact_without_a_time_is_sent_as_of_a_listing_or_as_asked(long? askedSince, string asOf)
    {
        var pending = new PendingTransition(s_fact with { AsOf = null }, "1-0", livemode: false, TimeSpan.Zero, askedSince);

        Assert.Equal([asOf], await ReadByScriptAsync(pending, "as_of"));
    }

    /// <summary>What the parameters of the script's own function <c>apply</c> are for a packed fact.</summary>
    private async Task<string[]> ReadByScriptAsync(PendingTransition pending, params string[] names)
    {
        await using var stream = typeof(OrderTransitions).Assembly.GetManifestResourceStream("apply_facts.lua")!;
        using var reader = new StreamReader(stream);
        var script = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        const string Function = "local function apply(";
        var start = script.IndexOf(Function, StringComparison.Ordinal) + Function.Length;
        var parameters = script[start..script.IndexOf("...)", start, StringComparison.Ordinal)];
        var reply = await redis.Server.Database.ScriptEvaluateAsync(
            $"local function read({parameters}...) return {{ {string.Join(", ", names)} }} end\nreturn read(nil, nil, cmsgpack.unpack(ARGV[1]))",
            values: [pending.Pack()]);
        return (string[])reply!;
    }
}
