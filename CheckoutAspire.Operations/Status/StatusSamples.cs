using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>The figures of one minute.</summary>
public sealed record Sample(
    DateTimeOffset At, long Owed, long OldestOwedSeconds, long Events, long Retries, long Held, long DeadLetters, long Fulfilled, long MemoryBytes, long Witnesses)
{
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Takes the figures that charts show.</summary>
    public static Sample Of(SystemStatus status) => new(
        status.ReadAt, status.Ledger.Owed, (long)status.OldestOwedAge.TotalSeconds, status.Ledger.Backlog, status.Ledger.Postponed, status.Ledger.Held,
        status.Ledger.Dead, status.Reports.Fulfilled, status.Memory?.Used ?? 0, status.FollowUps.Witnesses);

    /// <summary>Writes <c>1763884800 3 12 0 1 0 0 4711 1048576 0</c>: the time in Unix seconds, then the figures.</summary>
    public string Write() => string.Join(' ', ((long[])[
        At.ToUnixTimeSeconds(), Owed, OldestOwedSeconds, Events, Retries, Held, DeadLetters, Fulfilled, MemoryBytes, Witnesses])
        .Select(number => number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Reads what <see cref="Write"/> wrote; null for anything else.</summary>
    public static Sample? Read(string stored)
    {
        var parts = stored.Split(' ');
        var numbers = new long[10];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (parts.Length != numbers.Length || !long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers[0] > MaxSeconds
            ? null
            : new Sample(
                DateTimeOffset.FromUnixTimeSeconds(numbers[0]), numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]);
    }

    /// <summary>The minute of a time, counted since 1970.</summary>
    public static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;
}

/// <summary>
/// The samples of the last day, one for each minute: a hash with a field for each minute of a day, each of which the next day overwrites. It never grows beyond
/// 1,440 fields, whatever happens to clocks.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class StatusSamples(IConnectionMultiplexer redis)
{
    public const int MaxMinutes = 24 * 60;

    private static readonly RedisKey s_key = "co:ledger:operations:samples";

    public Task AddAsync(Sample sample) => redis.GetDatabase().HashSetAsync(s_key, FieldOf(Sample.MinuteOf(sample.At)), sample.Write());

    /// <summary>The samples of the last minutes, oldest first, by one command. Minutes without a sample are left out.</summary>
    public async Task<IReadOnlyList<Sample>> ReadAsync(DateTimeOffset now, int minutes)
    {
        var last = Sample.MinuteOf(now);
        var first = last - Math.Clamp(minutes, 1, MaxMinutes) + 1;
        RedisValue[] fields = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(offset => FieldOf(first + offset))];
        var stored = await redis.GetDatabase().HashGetAsync(s_key, fields);
        return
        [
            .. stored.Where(value => !value.IsNull).Select(value => Sample.Read(value.ToString())).OfType<Sample>()
                .Where(sample => Sample.MinuteOf(sample.At) is var minute && minute >= first && minute <= last)
                .OrderBy(sample => sample.At),
        ];
    }

    private static RedisValue FieldOf(long minute) => minute % MaxMinutes;
}
