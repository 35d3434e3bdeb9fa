using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The last reported state of a refund or a dispute.</summary>
/// <param name="Id">Stripe's id.</param>
/// <param name="Status">Stripe's status.</param>
/// <param name="Amount">In minor units.</param>
/// <param name="Currency">Lower case ISO 4217 code.</param>
/// <param name="Reason">Stripe's reason code, or empty.</param>
/// <param name="AsOf">The time of this status.</param>
/// <param name="Effect">The effect of the status on the money.</param>
public sealed record OrderReturn(
    string Id, string Status, long Amount, string Currency, string Reason, DateTimeOffset AsOf, ReturnEffect Effect)
{
    /// <summary>Reads the fields that <c>record_return.lua</c> wrote: <c>dispute:du_1</c> is <c>3 1763884800 9998 counts needs_response usd fraudulent</c>.</summary>
    internal static IReadOnlyList<OrderReturn> Read(string prefix, IEnumerable<HashEntry> hash) =>
    [
        .. hash.Where(field => field.Name.StartsWith(prefix))
            .Select(field => Read(field.Name.ToString()[prefix.Length..], field.Value))
            .OrderBy(one => one.AsOf),
    ];

    /// <summary>The refunded total: the refunds that count, and what the charge reports beyond the refunds that it can include.</summary>
    /// <param name="refunds">The refunds that are known.</param>
    /// <param name="charged">What was ever refunded on the charge, including refunds that failed, in minor units.</param>
    internal static long SumRefunds(IReadOnlyList<OrderReturn> refunds, long charged)
    {
        var counting = refunds.Where(refund => refund.Effect is ReturnEffect.Counts).Sum(refund => refund.Amount);
        var included = refunds.Where(refund => refund.Amount <= charged).Sum(refund => refund.Amount);
        return counting + Math.Max(0, charged - included);
    }

    /// <summary>Reads one such field.</summary>
    internal static OrderReturn Read(string id, RedisValue stored)
    {
        var parts = stored.ToString().Split(' ', 7);
        return new OrderReturn(
            id,
            parts[4],
            long.Parse(parts[2], CultureInfo.InvariantCulture),
            parts[5],
            parts.Length > 6 ? parts[6] : "",
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[1], CultureInfo.InvariantCulture)),
            parts[3] switch
            {
                "none" => ReturnEffect.None,
                "open" => ReturnEffect.Inquiry,
                _ => ReturnEffect.Counts,
            });
    }
}
