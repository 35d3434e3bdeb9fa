using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Stock;

/// <summary>Counts reserved and sold units in Redis. What the catalog offers, less these, is left.</summary>
/// <remarks>
/// The keys share a hash tag of their own, <c>{stock}</c>, so that one script can reserve the lines of any sale. Throws <see cref="RedisException"/> or
/// <see cref="TimeoutException"/> when Redis does not answer.
/// </remarks>
public sealed class RedisStockKeeper(IConnectionMultiplexer redis) : IStockKeeper
{
    private static readonly LedgerScript s_reserve = new("reserve_stock");
    private static readonly LedgerScript s_settle = new("settle_stock");

    private static readonly RedisKey s_reserved = "co:{stock}:reserved";
    private static readonly RedisKey s_sold = "co:{stock}:sold";

    /// <inheritdoc/>
    public Task<StockShortage?> ReserveAsync(string orderRef, IReadOnlyList<StockLine> lines) => ReserveAsync(KeysOf(orderRef), lines);

    /// <inheritdoc/>
    public Task<StockShortage?> ReserveAsync(string orderRef, IReadOnlyList<StockLine> lines, string replacedOrderRef) =>
        ReserveAsync([.. KeysOf(orderRef), SaleOf(replacedOrderRef)], lines);

    private async Task<StockShortage?> ReserveAsync(RedisKey[] keys, IReadOnlyList<StockLine> lines)
    {
        RedisValue[] arguments = [.. lines.SelectMany(line => (RedisValue[])[line.Product, line.Units, line.Stock ?? 0])];
        var reply = (RedisResult[])(await s_reserve.EvaluateAsync(redis.GetDatabase(), keys, arguments))!;
        return reply.Length == 0 ? null : new StockShortage((string)reply[0]!, Math.Max(0, (long)reply[1]));
    }

    /// <inheritdoc/>
    public Task CommitAsync(string orderRef) => s_settle.EvaluateAsync(redis.GetDatabase(), KeysOf(orderRef), "commit");

    /// <inheritdoc/>
    public Task ReleaseAsync(string orderRef) => s_settle.EvaluateAsync(redis.GetDatabase(), KeysOf(orderRef), "release");

    /// <inheritdoc/>
    public Task LapseAsync(string orderRef) => s_settle.EvaluateAsync(redis.GetDatabase(), KeysOf(orderRef), "lapse");

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, long>> LeftAsync(IReadOnlyList<StockLine> products)
    {
        RedisValue[] names = [.. products.Select(product => (RedisValue)product.Product)];
        var database = redis.GetDatabase();
        var (reserved, sold) = (database.HashGetAsync(s_reserved, names), database.HashGetAsync(s_sold, names));
        var taken = (await reserved).Zip(await sold, (held, gone) => Number(held) + Number(gone)).ToArray();
        return products.Select((product, index) => KeyValuePair.Create(product.Product, Math.Max(0, (product.Stock ?? 0) - taken[index])))
            .DistinctBy(left => left.Key, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
    }

    private static RedisKey[] KeysOf(string orderRef) => [SaleOf(orderRef), s_reserved, s_sold];

    private static RedisKey SaleOf(string orderRef) => $"co:{{stock}}:sale:{orderRef}";

    private static long Number(RedisValue value) => value.TryParse(out long number) ? number : 0;
}
