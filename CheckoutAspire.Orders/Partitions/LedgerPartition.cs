using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>The Redis keys of one partition. All share the hash tag <c>{pN}</c>, so a script over them runs in one cluster slot.</summary>
public sealed class LedgerPartition
{
    private readonly string _prefix;

    internal LedgerPartition(int number)
    {
        Number = number;
        _prefix = $"co:{{p{number}}}:";
        EventsName = _prefix + "events";
        Events = EventsName;
        Dead = _prefix + "dead";
        Journal = _prefix + "journal";
        Open = _prefix + "open";
        Owed = _prefix + "owed";
        Outbox = _prefix + "outbox";
        Held = _prefix + "held";
        Retry = _prefix + "retry";
        Notices = _prefix + "notices";
        NoticeLines = _prefix + "notices:lines";
        NoticesCursor = _prefix + "notices:cursor";
        Epoch = _prefix + "epoch";
        Clock = _prefix + "clock";
        Archived = _prefix + "archived";
        ArchiveLater = _prefix + "archive_later";
        SignalName = _prefix + "signal";
        Signal = RedisChannel.Literal(_prefix + "signal");
        ReleasedName = _prefix + "released";
        Released = RedisChannel.Literal(_prefix + "released");
        Changes = RedisChannel.Literal(_prefix + "changes");
    }

    /// <summary>The partition's number, from 0.</summary>
    public int Number { get; }

    /// <summary>The events stream's name, for telemetry.</summary>
    public string EventsName { get; }

    /// <summary>Stream of verified Stripe events that are not yet applied.</summary>
    public RedisKey Events { get; }

    /// <summary>Stream of dead letters, each with its reason. It is never trimmed.</summary>
    public RedisKey Dead { get; }

    /// <summary>Append-only stream of every state change.</summary>
    public RedisKey Journal { get; }

    /// <summary>Sorted set of unpaid session ids by their expiry, in Unix seconds.</summary>
    public RedisKey Open { get; }

    /// <summary>Sorted set of paid, unfulfilled session ids by the time of the proof, in Unix milliseconds.</summary>
    public RedisKey Owed { get; }

    /// <summary>Sorted set of held session ids by when they were first held, in Unix milliseconds.</summary>
    public RedisKey Held { get; }

    /// <summary>Sorted set of fulfilled session ids whose witness at Stripe is still to be written, by when it is next due, in Unix milliseconds.</summary>
    public RedisKey Outbox { get; }

    /// <summary>Sorted set of entries that wait for a retry, by when they are due, in Unix milliseconds.</summary>
    public RedisKey Retry { get; }

    /// <summary>Sorted set of orders with notices for the merchant, by when their first one is due, in Unix milliseconds.</summary>
    public RedisKey Notices { get; }

    /// <summary>Hash of the notices of each order: a line for each.</summary>
    public RedisKey NoticeLines { get; }

    /// <summary>The last journal entry that was read for notices. It expires when no worker sends notices any more.</summary>
    public RedisKey NoticesCursor { get; }

    /// <summary>When this partition's ledger began, which Redis server holds it, and since when. If Redis is lost, this key is lost with the ledger.</summary>
    public RedisKey Epoch { get; }

    /// <summary>The latest time that was seen on this partition's server, in Unix milliseconds: it shows that the clock was set back.</summary>
    public RedisKey Clock { get; }

    /// <summary>Hash of the number of orders that have left Redis for the archive, and of the sets that hold their tombstones.</summary>
    public RedisKey Archived { get; }

    /// <summary>Sorted set of old orders that are not settled, by when the archiver looks at them again, in Unix milliseconds.</summary>
    public RedisKey ArchiveLater { get; }

    /// <summary>Channel whose messages report that the events stream has grown.</summary>
    public RedisChannel Signal { get; }

    /// <summary>Channel whose messages report that a worker has released entries. Workers that do not listen to <see cref="Signal"/> listen to this one.</summary>
    public RedisChannel Released { get; }

    /// <summary>Channel whose messages are the ids of sessions whose orders have changed, published by <c>_ledger.lua</c>.</summary>
    public RedisChannel Changes { get; }

    /// <summary>The channel's name, as an argument of a script.</summary>
    internal RedisValue SignalName { get; }

    /// <summary>The name of the channel for releases, as an argument of a script.</summary>
    internal RedisValue ReleasedName { get; }

    /// <summary>Hash of one order.</summary>
    /// <param name="sessionId">The Checkout Session's id, <c>cs_…</c>.</param>
    public RedisKey Order(string sessionId) => _prefix + "order:" + sessionId;

    /// <summary>Hash of one request to create a session, written before Stripe is called.</summary>
    /// <param name="owner">The owner, whose partition this is.</param>
    /// <param name="name">The idempotency key's name.</param>
    public RedisKey Request(string owner, string name) => $"{_prefix}request:{owner}:{name}";

    /// <summary>Proves a sale that was requested and is not yet recorded as an order: <c>9998 usd</c>. It expires when no event can come any more.</summary>
    /// <param name="orderRef">The sale's reference, in its owner's partition.</param>
    public RedisKey Sale(string orderRef) => _prefix + "sale:" + orderRef;

    /// <summary>Hash of the amounts that an owner has started to sell today, by currency.</summary>
    public RedisKey Sold(string owner) => _prefix + "sold:" + owner;

    /// <summary>Sorted set of an owner's session ids by when they were recorded, in Unix milliseconds.</summary>
    public RedisKey Owned(string owner) => _prefix + "owned:" + owner;

    /// <summary>Sorted set of the invoices that renewed the subscription of a session, by when they were made, in Unix seconds.</summary>
    /// <param name="sessionId">The session that began the subscription.</param>
    public RedisKey Renewals(string sessionId) => _prefix + "renewals:" + sessionId;

    /// <summary>List of the noted deliveries of events about an order, newest first. It expires.</summary>
    internal RedisKey Deliveries(string sessionId) => _prefix + "deliveries:" + sessionId;

    /// <summary>Which session a payment intent or a subscription belongs to.</summary>
    public RedisKey Intent(string paymentIntent) => _prefix + "intent:" + paymentIntent;

    /// <summary>Set of the tombstones of archived orders.</summary>
    /// <param name="bucket">The set's number, from 0.</param>
    internal RedisKey Tombstones(int bucket) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}archived:{bucket}");

    /// <summary>The keys of an order's scripts, in the order in which <c>_ledger.lua</c> names them.</summary>
    internal RedisKey[] KeysOf(string sessionId, params ReadOnlySpan<RedisKey> more) =>
        [Order(sessionId), Events, Journal, Open, Owed, Outbox, Retry, Dead, Held, .. more];
}

/// <summary>Finds the partition of an id: CRC32 of its UTF-8 bytes, modulo <see cref="OrdersOptions.Partitions"/>.</summary>
public sealed class LedgerPartitions
{
    private readonly LedgerPartition[] _partitions;

    /// <summary>Lays out the configured number of partitions.</summary>
    public LedgerPartitions(IOptions<OrdersOptions> options) =>
        _partitions = [.. Enumerable.Range(0, options.Value.Partitions).Select(number => new LedgerPartition(number))];

    /// <summary>All partitions, in order of number.</summary>
    public IReadOnlyList<LedgerPartition> All => _partitions;

    /// <summary>The partition of a session id, or of a request's owner before there is a session.</summary>
    public LedgerPartition Of(string id)
    {
        Span<byte> utf8 = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(id, utf8, out var written)
            ? Of(utf8[..written])
            : Of(Encoding.UTF8.GetBytes(id));
    }

    /// <summary>The partition of an id that is already UTF-8.</summary>
    public LedgerPartition Of(ReadOnlySpan<byte> utf8Id) => _partitions[Crc32.HashToUInt32(utf8Id) % (uint)_partitions.Length];
}
