using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>The delivery of an event about an order.</summary>
/// <param name="ReceivedAt">When the receiver read it.</param>
/// <param name="EventId">Stripe's id of the event; that of a fact that the worker read from Stripe begins with <c>reconciliation_</c>.</param>
/// <param name="Type">Stripe's type of the event.</param>
/// <param name="Changed">Whether it reported something that the ledger did not know.</param>
public sealed record EventDelivery(DateTimeOffset ReceivedAt, string EventId, string Type, bool Changed);

/// <summary>
/// The deliveries that operators see in an order's timeline: events that changed nothing, such as a second copy, those that had the order held, and all events about
/// refunds, disputes and subscriptions. The first event that proves a payment, or that a session has ended, is not noted, because each command delays every order; the
/// step that it causes names it (<see cref="CheckoutFact.Source"/>).
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class EventDeliveries(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    /// <summary>How many deliveries of an order are kept.</summary>
    public const int Kept = 50;

    private const string OwnPrefix = "checkout_aspire.";
    private const string Recorded = "recorded";

    // Longer than Stripe repeats a delivery and lists an event, which is 30 days.
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(35);
    private static readonly LedgerScript s_note = new("note_delivery");

    /// <summary>Notes a delivery. The entries by which this system wakes its own workers are left out.</summary>
    public async Task NoteAsync(string orderId, EventEntry entry, bool changed)
    {
        var type = entry.Type.ToString();
        if (!type.StartsWith(OwnPrefix, StringComparison.Ordinal))
        {
            var line = string.Create(
                CultureInfo.InvariantCulture, $"{entry.ReceivedAt.ToUnixTimeMilliseconds()} {entry.Id} {type} {(changed ? Recorded : "known")}");
            await s_note.EvaluateAsync(
                redis.GetDatabase(), [partitions.Of(orderId).Deliveries(orderId)], line, Kept, (long)s_keptFor.TotalMilliseconds);
        }
    }

    /// <summary>The newest noted deliveries of an order, oldest first.</summary>
    public async Task<IReadOnlyList<EventDelivery>> ListAsync(string orderId) =>
    [
        .. (await redis.GetDatabase().ListRangeAsync(partitions.Of(orderId).Deliveries(orderId)))
            .Select(line => line.ToString().Split(' ', 4)).Where(parts => parts.Length == 4).Reverse()
            .Select(parts => new EventDelivery(
                DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture)), parts[1], parts[2], parts[3] == Recorded)),
    ];
}
