using System.Globalization;
using CheckoutAspire.Orders.Archive;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A call of a tool, as the audit has it.</summary>
/// <param name="At">When it was recorded, before the tool ran; if that entry is not found, after the tool has run.</param>
/// <param name="Principal">The caller, for example <c>key:shop-agent</c>.</param>
/// <param name="Tool">The tool, for example <c>initiate_checkout</c>.</param>
/// <param name="Decision"><c>ok</c>, the error's code, or <c>pending</c> if its end is not recorded.</param>
/// <param name="CallId">The call's id in the audit, or null.</param>
/// <param name="TraceId">The call's trace, or null.</param>
/// <param name="Rules">The rules of the price policy that the sale has passed, for example <c>CHECKOUT_PRICES=open, CHECKOUT_LINE_MAX=usd:50000</c>, or null.</param>
public sealed record ToolCall(DateTimeOffset At, string Principal, string Tool, string Decision, string? CallId, string? TraceId, string? Rules);

/// <summary>
/// Finds in the audit the calls that created, canceled or refunded an order. The audit has no index of orders: the entries around the order's own steps are
/// read, which are the newest and the next ones at each of these times.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ToolCalls(IConnectionMultiplexer redis, IOrderArchive? archive = null)
{
    private const int ReadAround = 500;
    private const int MostSteps = 10;

    // A call is recorded before Stripe is asked, and ends after the step.
    private static readonly TimeSpan s_before = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_after = TimeSpan.FromMinutes(1);
    private static readonly HashSet<string> s_askedFor = new(["created", "expired", "replaced", "refunded"], StringComparer.Ordinal);

    /// <summary>The calls about an order, oldest first.</summary>
    public async Task<IReadOnlyList<ToolCall>> ListAsync(Order order)
    {
        var times = order.Timeline.Where(step => s_askedFor.Contains(step.What)).Select(step => step.At).Take(MostSteps);
        var read = await Task.WhenAll(times.Select(ReadAsync));
        AuditEntry[] entries = [.. read.SelectMany(found => found).DistinctBy(entry => entry.Id)];
        var asked = entries.Where(entry => entry.IsIntent && entry.CallId is not null).ToLookup(entry => entry.CallId!, StringComparer.Ordinal);
        return
        [
            .. entries.Where(entry => entry.SessionId == order.SessionId)
                .GroupBy(entry => entry.CallId ?? entry.Id, StringComparer.Ordinal)
                .Select(call => (Last: call.MaxBy(entry => entry.At)!, First: asked[call.Key].Concat(call).MinBy(entry => entry.At)!))
                .Select(call => new ToolCall(call.First.At, call.Last.Principal, call.Last.Tool, call.Last.Decision, call.Last.CallId, call.Last.TraceId, call.Last.Rules))
                .OrderBy(call => call.At),
        ];
    }

    private async Task<IEnumerable<AuditEntry>> ReadAsync(DateTimeOffset at)
    {
        var (database, time) = (redis.GetDatabase(), at.ToUnixTimeMilliseconds());
        var (since, before) = (at - s_before, at + s_after);
        var found = await Task.WhenAll(
            database.StreamRangeAsync(JournalArchiving.AuditStream, since.ToUnixTimeMilliseconds(), time, ReadAround, StackExchange.Redis.Order.Descending),
            database.StreamRangeAsync(JournalArchiving.AuditStream, time + 1, before.ToUnixTimeMilliseconds(), ReadAround));
        var entries = found.SelectMany(part => part)
            .Select(entry => new AuditEntry(entry.Id.ToString(), entry.Values.ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal)));
        return archive is null ? entries : entries.Concat(await ReadArchiveAsync(archive, since, before));
    }

    /// <summary>What has left Redis. While the archive does not answer, the timeline lacks these calls.</summary>
    private static async Task<IEnumerable<AuditEntry>> ReadArchiveAsync(IOrderArchive archive, DateTimeOffset since, DateTimeOffset before)
    {
        try
        {
            return (await archive.ListAuditAsync(since, before, 2 * ReadAround)).Select(entry => new AuditEntry(entry.EntryId, entry.Fields));
        }
        catch (ArchiveUnavailableException)
        {
            return [];
        }
    }

    /// <summary>An entry: its id is 1763884800123-0.</summary>
    private sealed record AuditEntry(string Id, IReadOnlyDictionary<string, string> Fields)
    {
        public DateTimeOffset At { get; } = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(Id.Split('-')[0], CultureInfo.InvariantCulture));

        public bool IsIntent => Text("phase") == "intent";

        public string? CallId => Text("call");

        public string? SessionId => Text("session_id");

        public string Principal => Text("principal") ?? "";

        public string Tool => Text("tool") ?? "";

        public string Decision => Text("decision") ?? "";

        public string? TraceId => Text("trace_id");

        public string? Rules => Text("rules");

        private string? Text(string name) => Fields.GetValueOrDefault(name);
    }
}
