using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>A message to <c>ALERT_URL</c> that was not taken yet.</summary>
/// <param name="Id">The <c>webhook-id</c>, for example <c>alert/held/1763884800123/began</c>: the same for every attempt.</param>
/// <param name="At">When the alert began or ended.</param>
/// <param name="Body">The message, as JSON.</param>
internal sealed record AlertMessage(string Id, DateTimeOffset At, string Body);

/// <summary>An alert that has ended.</summary>
public sealed record EndedAlert(string Rule, DateTimeOffset Since, DateTimeOffset EndedAt, string Text);

/// <summary>What is stored about alerts.</summary>
/// <param name="WatchedSince">Since when the rules are evaluated.</param>
/// <param name="Active">The alerts that have begun and not ended, longest first.</param>
/// <param name="Messages">The messages that were not taken yet, oldest first.</param>
internal sealed record AlertState(DateTimeOffset WatchedSince, IReadOnlyList<ActiveAlert> Active, IReadOnlyList<AlertMessage> Messages);

/// <summary>
/// The alerts, in Redis: each begins once and ends once, on whichever instance, also over restarts. The change and its message are one transaction in one hash.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class AlertLedger(IConnectionMultiplexer redis, TimeProvider time)
{
    private const string ActivePrefix = "active:";
    private const string MessagePrefix = "message:";
    private const int KeptEnded = 20;

    /// <summary>Fields of the hash beyond which no message is added, so that an address that never answers does not fill Redis.</summary>
    private const int MaxFields = 200;

    private static readonly RedisKey s_alerts = "co:ledger:operations:alerts";
    private static readonly RedisKey s_ended = "co:ledger:operations:alerts:ended";
    private static readonly RedisValue s_watchedSince = "watched_since";

    /// <summary>Reads everything, by one command.</summary>
    public async Task<AlertState> ReadAsync()
    {
        var fields = (await redis.GetDatabase().HashGetAllAsync(s_alerts)).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal);
        return new AlertState(
            await FindWatchedSinceAsync(fields.GetValueOrDefault(s_watchedSince.ToString())),
            [.. fields.Where(field => field.Key.StartsWith(ActivePrefix, StringComparison.Ordinal))
                .Select(field => Deserialize<ActiveAlert>(field.Value) is { } alert ? alert with { Stored = field.Value } : null)
                .OfType<ActiveAlert>().OrderBy(alert => alert.Since)],
            [.. fields.Where(field => field.Key.StartsWith(MessagePrefix, StringComparison.Ordinal))
                .Select(field => Deserialize<AlertMessage>(field.Value)).OfType<AlertMessage>().OrderBy(message => message.At)]);
    }

    /// <summary>The last alerts that have ended, newest first.</summary>
    public async Task<IReadOnlyList<EndedAlert>> ListEndedAsync() =>
        [.. (await redis.GetDatabase().ListRangeAsync(s_ended)).Select(line => Deserialize<EndedAlert>(line.ToString())).OfType<EndedAlert>()];

    /// <summary>Begins an alert, unless it has begun.</summary>
    /// <returns>Whether this call began it.</returns>
    public Task<bool> BeginAsync(ActiveAlert alert, AlertMessage? message) => ChangeAsync(
        transaction =>
        {
            transaction.AddCondition(Condition.HashNotExists(s_alerts, ActivePrefix + alert.Rule));
            _ = transaction.HashSetAsync(s_alerts, ActivePrefix + alert.Rule, JsonSerializer.Serialize(alert));
        },
        message);

    /// <summary>Ends an alert, unless it has ended.</summary>
    /// <returns>Whether this call ended it.</returns>
    public async Task<bool> EndAsync(ActiveAlert alert, DateTimeOffset now, AlertMessage? message)
    {
        var ended = await ChangeAsync(
            transaction =>
            {
                transaction.AddCondition(Condition.HashEqual(s_alerts, ActivePrefix + alert.Rule, alert.Stored));
                _ = transaction.HashDeleteAsync(s_alerts, ActivePrefix + alert.Rule);
            },
            message);
        if (ended)
        {
            await redis.GetDatabase().ListLeftPushAsync(s_ended, JsonSerializer.Serialize(new EndedAlert(alert.Rule, alert.Since, now, alert.Text)));
            await redis.GetDatabase().ListTrimAsync(s_ended, 0, KeptEnded - 1);
        }

        return ended;
    }

    /// <summary>Deletes a message that was taken.</summary>
    public Task CompleteAsync(AlertMessage message) => redis.GetDatabase().HashDeleteAsync(s_alerts, MessagePrefix + message.Id);

    private async Task<bool> ChangeAsync(Action<ITransaction> change, AlertMessage? message)
    {
        var database = redis.GetDatabase();
        var hasRoom = await database.HashLengthAsync(s_alerts) < MaxFields;
        var transaction = database.CreateTransaction();
        change(transaction);
        if (message is not null && hasRoom)
        {
            _ = transaction.HashSetAsync(s_alerts, MessagePrefix + message.Id, JsonSerializer.Serialize(message));
        }

        return await transaction.ExecuteAsync();
    }

    private async Task<DateTimeOffset> FindWatchedSinceAsync(string? stored)
    {
        if (long.TryParse(stored, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        var now = time.GetUtcNow();
        await redis.GetDatabase().HashSetAsync(s_alerts, s_watchedSince, now.ToUnixTimeMilliseconds(), When.NotExists);
        return now;
    }

    private static T? Deserialize<T>(string json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
