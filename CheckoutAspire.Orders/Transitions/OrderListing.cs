using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// Lists all orders for operators, newest first, whether they are in Redis or in the archive. The journal is the index: it has the step with which each order
/// began, and it takes that step along when it leaves for the archive. An order whose first step is in neither, because the archive was lost, is listed at the end.
/// </summary>
/// <remarks>
/// An order that exists while all pages are read is on one of them, also while orders move to the archive and back. Throws <see cref="RedisException"/> or
/// <see cref="TimeoutException"/> when Redis or the archive does not answer.
/// </remarks>
public sealed class OrderListing(IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders, IOrderArchive? archive = null)
{
    private const int KeysPerStep = 100;
    private const int MostSteps = 100;
    private const string Pattern = "co:{p*}:order:*";
    private const string RestPrefix = "rest/";

    /// <summary>A page of all orders, with the time when each was recorded.</summary>
    /// <param name="after">The <see cref="Page{T}.Next"/> of the page before, or null. A cursor that cannot be read begins anew.</param>
    /// <param name="count">The most orders of a page. Pages of orders whose first step was lost may be longer.</param>
    public async Task<Page<(Order Order, DateTimeOffset Since)>> ListAsync(string? after, int count)
    {
        if (archive is not null && after?.StartsWith(RestPrefix, StringComparison.Ordinal) == true)
        {
            return await ListRestAsync(archive, after[RestPrefix.Length..], count);
        }

        var began = await ListBegunAsync(OrderBeginning.Read(after), count);
        var found = await Task.WhenAll(began.Select(one => orders.FindAsync(one.Id)));
        return new Page<(Order, DateTimeOffset)>(
            [.. began.Zip(found).Where(pair => pair.Second is not null).Select(pair => (pair.Second!, DateTimeOffset.FromUnixTimeMilliseconds(pair.First.At)))],
            began.Count == count ? began[^1].ToString() : archive is null ? null : RestPrefix);
    }

    /// <summary>
    /// The next beginnings of all partitions, newest first. The archive is read after the journal: a beginning that has left the journal was in the archive before.
    /// </summary>
    private async Task<IReadOnlyList<OrderBeginning>> ListBegunAsync(OrderBeginning? after, int count)
    {
        JournalReader[] readers = [.. partitions.All.Select(partition => new JournalReader(redis, partition, after))];
        var found = new List<OrderBeginning>();
        while (found.Count < count)
        {
            await Task.WhenAll(readers.Select(reader => reader.FillAsync()));
            if (readers.Where(reader => reader.Next is not null).MinBy(reader => reader.Next!, OrderBeginning.NewestFirst) is not { } newest)
            {
                break;
            }

            found.Add(newest.Take());
        }

        return archive is null || (found.Count == count && await IsInRedisAsync(found[^1]))
            ? found
            : [.. found.Concat(await archive.ListBegunAsync(after, count)).Distinct().Order(OrderBeginning.NewestFirst).Take(count)];
    }

    /// <summary>Whether every journal still has what is as new as a beginning.</summary>
    private async Task<bool> IsInRedisAsync(OrderBeginning oldest) =>
        (await Task.WhenAll(partitions.All.Select(partition => JournalReader.ReadStartAsync(redis, partition)))).All(start => start < oldest.At);

    /// <summary>
    /// The orders in Redis whose first step is neither in the journal nor in the archive. A page has all orders of a step of Redis's SCAN: the next call with the same
    /// cursor may return others, because keys come and go.
    /// </summary>
    private async Task<Page<(Order Order, DateTimeOffset Since)>> ListRestAsync(IOrderArchive from, string after, int count)
    {
        var servers = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).OrderBy(server => server.EndPoint.ToString(), StringComparer.Ordinal).ToList();

        // 0/1536: the server, and the cursor of its SCAN.
        var (number, cursor) = after.Split('/') is [var place, var scan, ..]
            && int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ulong.TryParse(scan, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? (first, position) : (0, 0ul);
        var found = new Dictionary<string, (Order Order, DateTimeOffset Since)>(StringComparer.Ordinal);
        for (var step = 0; number < servers.Count && found.Count < count && step < MostSteps; step++)
        {
            var reply = (RedisResult[])(await servers[number].ExecuteAsync(redis.GetDatabase().Database, "SCAN", [cursor, "MATCH", Pattern, "COUNT", KeysPerStep]))!;
            foreach (var item in await ListUnknownAsync(from, [.. ((string[])reply[1]!).Select(key => key.Split(":order:", 2)[1])]))
            {
                found[item.Order.SessionId] = item;
            }

            cursor = ulong.Parse((string)reply[0]!, CultureInfo.InvariantCulture);
            number += cursor == 0 ? 1 : 0;
        }

        return new Page<(Order, DateTimeOffset)>(
            [.. found.Values.OrderByDescending(item => item.Since).ThenByDescending(item => item.Order.SessionId, StringComparer.Ordinal)],
            number < servers.Count ? string.Create(CultureInfo.InvariantCulture, $"{RestPrefix}{number}/{cursor}") : null);
    }

    private async Task<IReadOnlyList<(Order Order, DateTimeOffset Since)>> ListUnknownAsync(IOrderArchive from, IReadOnlyList<string> ids)
    {
        var read = await Task.WhenAll(ids.Select(orders.FindAsync));
        var starts = await Task.WhenAll(partitions.All.Select(partition => JournalReader.ReadStartAsync(redis, partition)));
        var old = read.Where(order => order is { Timeline: [{ At: var at }, ..] } && !(starts[partitions.Of(order.SessionId).Number] <= at.ToUnixTimeMilliseconds()))
            .Select(order => (Order: order!, Since: order!.Timeline[0].At)).ToList();

        // The journal first: a first step that leaves it is in the archive before.
        var stays = await Task.WhenAll(old.Select(item => JournalReader.HasAsync(
            redis, partitions.Of(item.Order.SessionId), item.Order.SessionId, item.Since.ToUnixTimeMilliseconds())));
        var left = old.Where((_, index) => !stays[index]).ToList();
        if (left.Count == 0)
        {
            return [];
        }

        var begun = await from.FindBegunAsync([.. left.Select(item => item.Order.SessionId)]);
        return [.. left.Where(item => !begun.Contains(item.Order.SessionId))];
    }
}
