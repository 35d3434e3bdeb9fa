using System.Globalization;
using CheckoutAspire.Orders.Events;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>The part of a list at Stripe that is being read: objects created between two times, newest first.</summary>
/// <param name="Since">The earliest time of creation.</param>
/// <param name="Until">The latest time of creation.</param>
/// <param name="After">The last object that was read, which the next page starts after; empty before the first page.</param>
public sealed record ListWindow(DateTimeOffset Since, DateTimeOffset Until, string After);

/// <summary>How far one list at Stripe was read.</summary>
/// <param name="Until">The end of the last window that was read completely, or null.</param>
/// <param name="Window">The window that was begun and not finished.</param>
/// <param name="Alerts">The number of alerts about lost events (<see cref="LostEventAlerts"/>) when the last window began.</param>
public sealed record ListPosition(DateTimeOffset? Until, ListWindow? Window, long Alerts)
{
    /// <summary>The position in a list that was never read.</summary>
    public static ListPosition Start { get; } = new(null, null, 0);

    /// <summary>Writes <c>1763884800 2 1763881200 1763885100 cs_123</c>: until, alerts, and of an unfinished window since, until and after.</summary>
    internal string Write() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Until?.ToUnixTimeSeconds() ?? 0} {Alerts}{(Window is null ? "" : string.Create(
            CultureInfo.InvariantCulture, $" {Window.Since.ToUnixTimeSeconds()} {Window.Until.ToUnixTimeSeconds()} {Window.After}"))}");

    /// <summary>Reads what <see cref="Write"/> wrote; a position that cannot be read is the start.</summary>
    internal static ListPosition Read(string stored)
    {
        var parts = stored.Split(' ');
        if (parts.Length is not (2 or 5) || !TryTime(parts[0], out var until) || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var alerts))
        {
            return Start;
        }

        var window = parts.Length == 5 && TryTime(parts[2], out var since) && TryTime(parts[3], out var end) ? new ListWindow(since, end, parts[4]) : null;
        return new ListPosition(until == DateTimeOffset.UnixEpoch ? null : until, window, alerts);
    }

    private static bool TryTime(string text, out DateTimeOffset time)
    {
        time = default;
        if (!long.TryParse(text, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0 or > 253_402_300_799)
        {
            return false;
        }

        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }
}

/// <summary>How far each of Stripe's lists was compared with the ledger.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ReconciliationCursor(IConnectionMultiplexer redis)
{
    /// <summary>The name of the list of Checkout Sessions.</summary>
    public const string Sessions = "sessions";

    private static readonly RedisKey s_positions = "co:ledger:reconciliation";
    private static readonly RedisKey s_ledger = "co:ledger";

    /// <summary>Earlier workers read only the sessions, and stored one time in the ledger's stamp.</summary>
    private static readonly RedisValue s_earlierField = "reconciled_until";

    /// <summary>The position in a list.</summary>
    /// <param name="list">The list's name.</param>
    /// <param name="sweep">Whether to return the position of the sweep, which goes further back than the regular passes.</param>
    public async Task<ListPosition> ReadAsync(string list, bool sweep = false)
    {
        var database = redis.GetDatabase();
        if (await database.HashGetAsync(s_positions, Field(list, sweep)) is { IsNull: false } stored)
        {
            return ListPosition.Read(stored.ToString());
        }

        return list == Sessions && (await database.HashGetAsync(s_ledger, s_earlierField)).TryParse(out long seconds)
            ? ListPosition.Start with { Until = DateTimeOffset.FromUnixTimeSeconds(seconds) }
            : ListPosition.Start;
    }

    /// <summary>Stores the position in a list.</summary>
    public Task WriteAsync(string list, bool sweep, ListPosition position) =>
        redis.GetDatabase().HashSetAsync(s_positions, Field(list, sweep), position.Write());

    private static string Field(string list, bool sweep) => sweep ? list + ":sweep" : list;
}
