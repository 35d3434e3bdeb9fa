using System.Diagnostics;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>Alerts begin once and end once, whatever happens in between, and <c>ALERT_URL</c> takes each message.</summary>
public sealed class AlertTests : OperationsTest
{
    private AlertReceiver _receiver = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _receiver = await AlertReceiver.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task An_alert_calls_the_address_once_when_it_begins_and_once_when_it_ends_also_over_a_restart()
    {
        var id = await HoldAsync();
        await using (var before = Operations())
        {
            await _receiver.AwaitAsync(1);
            await AwaitRulesAsync(before, "held");
            await AwaitDeliveredAsync();
        }

        await using (var restarted = Operations())
        {
            await AwaitReadByAsync(restarted);
            await AwaitRulesAsync(restarted, "held");
            await DecideAsync(id);
            await _receiver.AwaitAsync(2);
            await AwaitRulesAsync(restarted);
            await AwaitDeliveredAsync();
        }

        await using var last = Operations();
        await DeadLetterAsync(id);
        await _receiver.AwaitAsync(3);

        Assert.Equal(
            [("alert.began", "held"), ("alert.ended", "held"), ("alert.began", "dead_letters")],
            _receiver.Taken.Select(message => (message.Type, message.Rule)));
        var (began, ended) = (_receiver.Taken.First(), _receiver.Taken.ElementAt(1));
        Assert.Equal("CheckoutAspire local (sandbox): 1 order waits for an operator's decision.", began.Text);
        Assert.StartsWith("CheckoutAspire local (sandbox): resolved after ", ended.Text, StringComparison.Ordinal);
        Assert.Matches("^alert/held/[0-9]+/began$", began.Id);
        Assert.Equal(began.Id.Replace("began", "ended", StringComparison.Ordinal), ended.Id);
    }

    [Fact]
    public async Task Of_two_instances_one_alerts_and_the_other_goes_on_when_it_stops()
    {
        await using var first = Operations();
        await using var second = Operations();
        var id = await HoldAsync();
        await _receiver.AwaitAsync(1);
        await Task.WhenAll(AwaitRulesAsync(first, "held"), AwaitRulesAsync(second, "held"));
        await AwaitDeliveredAsync();

        await first.DisposeAsync();
        await DecideAsync(id);
        await _receiver.AwaitAsync(2);
        await AwaitDeliveredAsync();
        await second.DisposeAsync();

        Assert.Equal([("alert.began", "held"), ("alert.ended", "held")], _receiver.Taken.Select(message => (message.Type, message.Rule)));
        string[] lines = [.. first.Warnings, .. second.Warnings];
        Assert.Single(lines, line => line == "The alert held began: 1 order waits for an operator's decision.");
        Assert.Single(lines, line => line.StartsWith("The alert held ended after ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_address_is_down_messages_wait_in_their_order_also_over_a_restart()
    {
        _receiver.IsDown = true;
        var id = await HoldAsync();
        await using (var before = Operations())
        {
            await Eventually.GetAsync(() => Task.FromResult(_receiver.Refused.Count), refused => refused > 0, Canceled);
            await AwaitRulesAsync(before, "held");
            await DecideAsync(id);
            await AwaitRulesAsync(before);
            await Eventually.GetAsync(() => Task.FromResult(before.Warnings.Count(IsOutage)), count => count == 1, Canceled);
        }

        Assert.Empty(_receiver.Taken);
        _receiver.IsDown = false;
        await using var restarted = Operations();
        await AwaitDeliveredAsync();

        // The last call of the instance that stopped may arrive only now: a message can be taken twice under its id.
        Assert.Equal(
            [("alert.began", "held"), ("alert.ended", "held")],
            _receiver.Taken.DistinctBy(message => message.Id).Select(message => (message.Type, message.Rule)));
    }

    [Fact]
    public async Task An_address_that_asks_for_a_pause_is_not_called_before_it_ends()
    {
        (_receiver.IsDown, _receiver.RetryAfter) = (true, "1");
        await HoldAsync();
        await using var operations = Operations();

        var refused = await Eventually.GetAsync(() => Task.FromResult(_receiver.Refused.ToArray()), refused => refused.Length > 1, Canceled);

        // Without Retry-After the second attempt follows after a tenth of a second. A timer may be a few milliseconds early.
        Assert.True(Stopwatch.GetElapsedTime(refused[0], refused[1]) > TimeSpan.FromSeconds(0.9));
    }

    [Theory]
    [InlineData("http://alerts.example", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "ALERT_URL must be https, because it receives what is wrong with your orders.")]
    [InlineData("https://alerts.example", "", "ALERT_SECRET is missing or not a Standard Webhooks secret")]
    [InlineData("", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "ALERT_URL is not: set both or neither.")]
    [InlineData("", "", "Alerts__MemoryPercent must be between 0 and 100.", "Alerts__MemoryPercent", "101")]
    public async Task Settings_of_alerts_that_cannot_work_are_rejected_at_start(string url, string secret, string sentence, string name = "Alerts__Held", string value = "1")
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync("CheckoutAspire.Operations", new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = "sk_test_1",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["ALERT_URL"] = url,
            ["ALERT_SECRET"] = secret,
            [name] = value,
        });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private OperationsHost Operations() => new(Redis.ConnectionString, _receiver.Settings);

    private Task<Decision> DecideAsync(string id) => new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders).DecideAsync(id, approve: false, "Ann: refunded");

    /// <summary>Waits until the instance reports exactly these active alerts.</summary>
    private static async Task AwaitRulesAsync(OperationsHost operations, params string[] rules)
    {
        using var client = Client(operations);
        await Eventually.GetAsync(
            async () => string.Join(',', (await GetAsync(client, "/ops/status"))["status"]!["alerts"]!.AsArray().Select(alert => (string)alert!["rule"]!)),
            active => active == string.Join(',', rules),
            Canceled);
    }

    /// <summary>Waits until the instance has read the state after it started.</summary>
    private static async Task AwaitReadByAsync(OperationsHost operations)
    {
        using var client = Client(operations);
        var started = TimeProvider.System.GetUtcNow();
        await Eventually.GetAsync(async () => (DateTimeOffset)(await GetAsync(client, "/ops/status"))["status"]!["read_at"]!, read => read > started, Canceled);
    }

    /// <summary>Waits until no message waits any more: an instance that stops while it sends one leaves it to the next, which sends it again.</summary>
    private Task AwaitDeliveredAsync() => Eventually.GetAsync(
        async () => (await Redis.Database.HashKeysAsync("co:ledger:operations:alerts")).Count(field => field.ToString().StartsWith("message:", StringComparison.Ordinal)),
        count => count == 0,
        Canceled);

    private static bool IsOutage(string line) => line.StartsWith("ALERT_URL did not take the message alert/held/", StringComparison.Ordinal) && line.Contains("(HTTP 503)", StringComparison.Ordinal);
}
