using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>One failed call of a handler.</summary>
/// <param name="At">When.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Reason">Why, without any of the content.</param>
public sealed record HandlerFailure(DateTimeOffset At, string OrderId, string Reason);

/// <summary>How a fulfillment handler stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Failures">Failures in a row.</param>
/// <param name="FailingSince">Since when it has failed; null when its last call succeeded.</param>
/// <param name="PausedAt">Since when it is paused, or null.</param>
/// <param name="ProbeAt">When the next probe is due, or null.</param>
/// <param name="NewestFailures">The last failures, newest first.</param>
/// <param name="PausedBy">The operator who paused it and why; null when it is not paused, or its own failures paused it.</param>
/// <param name="Changes">When operators paused and resumed it, newest first.</param>
public sealed record HandlerState(
    string Name, int Failures, DateTimeOffset? FailingSince, DateTimeOffset? PausedAt, DateTimeOffset? ProbeAt, IReadOnlyList<HandlerFailure> NewestFailures,
    string? PausedBy, IReadOnlyList<TimelineEntry> Changes);

/// <summary>When a handler pauses, and how often it is probed.</summary>
/// <param name="Failures">Failures in a row, of all workers together.</param>
/// <param name="Orders">How many orders must be among them: one order that always fails pauses nothing.</param>
/// <param name="FirstProbe">The delay before the first probe; it doubles with each that fails.</param>
/// <param name="LongestProbe">No delay is longer.</param>
public sealed record PauseRule(int Failures, int Orders, TimeSpan FirstProbe, TimeSpan LongestProbe);

/// <summary>What all workers know about their handlers: failures in a row, pauses and probes.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class HandlerLedger(IConnectionMultiplexer redis)
{
    private static readonly LedgerScript s_fail = new("fail_handler");
    private static readonly LedgerScript s_read = new("read_handler");
    private static readonly LedgerScript s_succeed = new("succeed_handler");
    private static readonly LedgerScript s_switch = new("switch_handler");

    /// <summary>Counts a failure.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="orderId">The order for which it was called.</param>
    /// <param name="reason">Why it failed, without any of the content.</param>
    /// <param name="rule">When it pauses.</param>
    /// <param name="isProbe">Whether the call was a probe.</param>
    /// <param name="notBefore">The least time until the next probe, as the merchant has asked for it.</param>
    /// <returns>Whether this failure paused the handler.</returns>
    public async Task<bool> FailAsync(string handler, string orderId, string reason, PauseRule rule, bool isProbe, TimeSpan notBefore = default) => (bool)await s_fail.EvaluateAsync(
        redis.GetDatabase(),
        [Key(handler)],
        orderId, reason, rule.Failures, rule.Orders, (long)rule.FirstProbe.TotalMilliseconds, (long)rule.LongestProbe.TotalMilliseconds, isProbe,
        (long)notBefore.TotalMilliseconds);

    /// <summary>A call succeeded: its failures are forgotten, and the handler runs unless an operator has paused it.</summary>
    /// <returns>Whether this success resumed the handler, which its failures had paused.</returns>
    public async Task<bool> SucceedAsync(string handler) => (bool)await s_succeed.EvaluateAsync(redis.GetDatabase(), [Key(handler)]);

    /// <summary>An operator pauses a handler: no worker calls it until an operator resumes it, and orders wait without using up attempts.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="why">Who pauses it, and why.</param>
    /// <returns>False when an operator has paused it already.</returns>
    public Task<bool> PauseAsync(string handler, string why) => SwitchAsync(handler, "paused", why);

    /// <summary>An operator resumes a handler, whatever paused it: the orders that wait are tried again at once.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="why">Who resumes it, and why.</param>
    /// <returns>False when it is not paused.</returns>
    public Task<bool> ResumeAsync(string handler, string why) => SwitchAsync(handler, "resumed", why);

    /// <summary>Whether the handler has failed, whether it is paused, and how long until its next probe.</summary>
    public async Task<(bool Fails, bool IsPaused, TimeSpan Probe)> ReadAsync(string handler)
    {
        var reply = (long[])(await s_read.EvaluateAsync(redis.GetDatabase(), [Key(handler)], RedisValue.EmptyString))!;
        return (reply[0] > 0, reply[1] == 1, TimeSpan.FromMilliseconds(reply[2]));
    }

    /// <summary>Takes the next probe of a paused handler, if it is due: no other worker makes it.</summary>
    public async Task<bool> TryProbeAsync(string handler, TimeSpan atMost) =>
        ((long[])(await s_read.EvaluateAsync(redis.GetDatabase(), [Key(handler)], (long)atMost.TotalMilliseconds))!)[3] == 1;

    /// <summary>Everything about each handler of the ledger's workers, for operators, by name.</summary>
    public async Task<IReadOnlyList<HandlerState>> ListAsync()
    {
        var stamp = (await redis.GetDatabase().HashGetAsync(LedgerIdentityCheck.Stamp, LedgerHandlers.Field)).ToString();
        return await Task.WhenAll(stamp.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(FindAsync));
    }

    /// <summary>Everything about a handler, for operators.</summary>
    public async Task<HandlerState> FindAsync(string handler)
    {
        var fields = (await redis.GetDatabase().HashGetAllAsync(Key(handler))).ToDictionary(field => field.Name.ToString(), field => field.Value, StringComparer.Ordinal);
        return new HandlerState(
            handler,
            fields.TryGetValue("failures", out var failures) ? (int)failures : 0,
            Time("since"),
            Time("paused_at"),
            Time("probe_at"),
            [
                .. Text("newest").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => line.Split(' ', 3))
                    .Select(parts => new HandlerFailure(
                        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture)), parts[1], parts[2])),
            ],
            Text("paused_by") is { Length: > 0 } by ? by : null,
            [.. Text("changes").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TimelineEntry.Parse)]);

        string Text(string name) => fields.TryGetValue(name, out var value) ? value.ToString() : "";
        DateTimeOffset? Time(string name) =>
            fields.TryGetValue(name, out var value) && value.TryParse(out long milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    private async Task<bool> SwitchAsync(string handler, string what, string why) =>
        (bool)await s_switch.EvaluateAsync(redis.GetDatabase(), [Key(handler)], what, OperatorLedger.OneLine(why));

    private static RedisKey Key(string handler) => "co:ledger:handler:" + handler;
}
