using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>What a search found.</summary>
/// <param name="Orders">The orders.</param>
/// <param name="IsComplete">False if Redis has more orders than a search reads, so that others may match too.</param>
public sealed record FoundOrders(IReadOnlyList<Order> Orders, bool IsComplete);

/// <summary>
/// Finds orders for operators. A session, an invoice, and the intent or subscription of a fulfilled order are found at once, also in the archive. Everything else
/// is compared with every order in Redis, in small steps that delay no other command.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OrderSearch(IConnectionMultiplexer redis, OrderLedger orders, WitnessOutbox index)
{
    private const int MaxMatches = 20;
    private const int MaxRead = 500_000;
    private const int StepSize = 500;
    private const int LeastPart = 6;
    private const int LeastNumber = 3;
    private const string Pattern = "co:{p*}:order:*";

    private static readonly RedisValue[] s_fields = [OrderFields.OrderRef, OrderFields.ClientReferenceId, "payment_intent", "subscription"];

    /// <summary>
    /// The orders of a session, invoice, payment intent or subscription, an order number, an <c>order_ref</c> or a <c>client_reference_id</c>; or those
    /// of which one of these has the text in it. Of an order number the beginning is enough.
    /// </summary>
    public async Task<FoundOrders> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (await orders.FindAsync(text) is { } own)
        {
            return new FoundOrders([own], true);
        }

        if (await index.FindSessionAsync(text) is { } indexed && await orders.FindAsync(indexed) is { } order)
        {
            return new FoundOrders([order], true);
        }

        var (ids, isComplete) = await ScanAsync(text, cancellationToken);
        var found = await Task.WhenAll(ids.Select(orders.FindAsync));
        return new FoundOrders([.. found.OfType<Order>().OrderByDescending(one => one.Timeline.Count == 0 ? default : one.Timeline[0].At)], isComplete);
    }

    private static string IdOf(string key) => key.Split(":order:", 2)[1];

    private async Task<(IReadOnlyList<string> Ids, bool IsComplete)> ScanAsync(string text, CancellationToken cancellationToken)
    {
        var (found, read) = (new List<string>(), 0);
        foreach (var server in redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            // Another application's keys may be in the same Redis.
            await foreach (var keys in server.KeysAsync(redis.GetDatabase().Database, Pattern, StepSize).Chunk(StepSize).WithCancellation(cancellationToken))
            {
                found.AddRange(await MatchAsync(keys, text));
                read += keys.Length;
                if (found.Count >= MaxMatches || read >= MaxRead)
                {
                    return ([.. found.Take(MaxMatches)], false);
                }
            }
        }

        return (found, true);
    }

    private async Task<IEnumerable<string>> MatchAsync(RedisKey[] keys, string text)
    {
        var read = await Task.WhenAll(keys.Select(async key => (Id: IdOf(key.ToString()), Fields: await redis.GetDatabase().HashGetAsync(key, s_fields))));
        return read.Where(order => Matches(order.Id, order.Fields, text)).Select(order => order.Id);
    }

    private static bool Matches(string id, RedisValue[] fields, string text) =>
        fields.Any(field => field == text)
        || (text.Length >= LeastPart && (id.Contains(text, StringComparison.Ordinal) || fields.Any(field => field.ToString().Contains(text, StringComparison.Ordinal))))
        || (text.Length >= LeastNumber
            && OrderNumber.Of(fields[0].IsNullOrEmpty ? id : (string)fields[0]!).StartsWith(text, StringComparison.OrdinalIgnoreCase));
}
