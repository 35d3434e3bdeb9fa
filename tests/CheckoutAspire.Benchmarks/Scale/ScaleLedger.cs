using System.Diagnostics;
using System.Globalization;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Worker;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Scale;

/// <summary>A ledger with as many orders as are asked for, all as the services write them.</summary>
internal sealed class ScaleLedger(RedisServer redis, IOrderArchive archive)
{
    private const int AtOnce = 512;

    private readonly LedgerKit _ledger = new(redis.Connection, archive: archive);
    private int _sold;
    private int _archived;

    private IServer Server => redis.Connection.GetServers()[0];

    /// <summary>Redis's memory.</summary>
    public async Task<double> MemoryAsync() => double.Parse(await ReadAsync("memory", "used_memory"), CultureInfo.InvariantCulture);

    /// <summary>Sells, fulfills and witnesses orders.</summary>
    public async Task FulfillAsync(int count, CancellationToken cancellationToken)
    {
        Backlog.BeginLedger(redis);
        await EachAsync(
            count,
            async number =>
            {
                await _ledger.Orders.RecordAsync(Sell(number));
                await ApplyAsync(number);
                await WitnessAsync(number);
            },
            cancellationToken);
    }

    /// <summary>The script time of an event, in microseconds, for orders that Redis knows or does not know.</summary>
    public async Task<double> MeasureAsync(int count, bool recorded, CancellationToken cancellationToken)
    {
        Backlog.BeginLedger(redis);
        var (from, entries) = (_sold, new RedisValue[count]);
        await EachAsync(
            count,
            async number =>
            {
                var sold = Sell(number);
                await (recorded ? _ledger.Orders.RecordAsync(sold) : Task.CompletedTask);
                entries[number - from] = await _ledger.AppendAsync(sold.SessionId);
            },
            cancellationToken);
        await Server.ConfigResetStatisticsAsync();
        var applied = await Task.WhenAll(entries.Select((entry, index) => _ledger.Transitions.ApplyAsync(
            FactOf(from + index), entry, livemode: false, TimeSpan.Zero)));
        var script = await ReadAsync("commandstats", "cmdstat_evalsha");
        if (applied.Any(transition => transition.Outcome is not Outcome.Fulfilled))
        {
            throw new InvalidOperationException("An order was not fulfilled.");
        }

        for (var number = from; number < from + count; number++)
        {
            await WitnessAsync(number);
        }

        // calls=312,usec=410020,usec_per_call=1314.17,…
        return double.Parse(script.Split(',')[1].Split('=')[1], CultureInfo.InvariantCulture) / count;
    }

    /// <summary>Moves everything to the archive, as a worker does that pauses for nothing.</summary>
    /// <returns>How many orders were moved in a second.</returns>
    public async Task<double> ArchiveAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var later = TimeProvider.System.GetUtcNow().AddDays(1);
        var moved = 0;
        for (var hasMore = true; hasMore && !cancellationToken.IsCancellationRequested;)
        {
            (var batch, hasMore) = await _ledger.Journal!.ArchiveAsync(_ledger.Partitions.All[0], later, later);
            moved += batch;
        }

        _archived += moved;
        return _archived == _sold ? moved / clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{_archived} of {_sold} orders left Redis.");
    }

    /// <summary>Replaces the tombstones by those of other orders, more of them: to move these would take long and measure nothing else.</summary>
    public async Task ReplaceTombstonesAsync(int count, CancellationToken cancellationToken)
    {
        var partition = _ledger.Partitions.All[0];
        var former = (int)await redis.Database.HashGetAsync(partition.Archived, "buckets");
        var layout = new TombstoneLayout((count / 210) + 1);
        for (var bucket = 0; bucket < former; bucket++)
        {
            await redis.Database.KeyDeleteAsync(partition.Tombstones(bucket));
        }

        var sets = Enumerable.Range(0, layout.Buckets).Select(_ => new List<RedisValue>()).ToArray();
        for (var number = 0; number < count; number++)
        {
            var tombstone = TombstoneLayout.TombstoneOf("other_" + number.ToString(CultureInfo.InvariantCulture));
            sets[layout.BucketOf(tombstone)].Add(tombstone);
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(0, layout.Buckets),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (bucket, _) => await redis.Database.SetAddAsync(partition.Tombstones(bucket), [.. sets[bucket]]));
        await redis.Database.HashSetAsync(partition.Archived, [new("buckets", layout.Buckets), new("orders", count)]);
    }

    /// <summary>Compacts Redis's log, kills Redis, and starts it again.</summary>
    /// <returns>How long it takes to start.</returns>
    public async Task<TimeSpan> RestartAsync(CancellationToken cancellationToken)
    {
        await redis.CompactAsync(cancellationToken);
        await redis.KillAsync();
        var clock = Stopwatch.StartNew();
        await redis.RestartAsync();
        return clock.Elapsed;
    }

    private async Task<string> ReadAsync(string section, string key) =>
        (await Server.InfoAsync(section)).SelectMany(group => group).First(pair => pair.Key == key).Value;

    private async Task EachAsync(int count, Func<int, Task> act, CancellationToken cancellationToken)
    {
        var from = _sold;
        _sold += count;
        await Parallel.ForEachAsync(
            Enumerable.Range(from, count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (number, _) => await act(number));
    }

    private async Task ApplyAsync(int number)
    {
        var fact = FactOf(number);
        var transition = await _ledger.Transitions.ApplyAsync(fact, await _ledger.AppendAsync(fact.SessionId), livemode: false, TimeSpan.Zero);
        if (transition.Outcome is not Outcome.Fulfilled)
        {
            throw new InvalidOperationException($"{fact.SessionId} is {transition.Outcome}.");
        }
    }

    private async Task WitnessAsync(int number)
    {
        var fact = FactOf(number);
        await _ledger.Outbox.IndexAsync(fact.SessionId, fact.PaymentIntent);
        await _ledger.Outbox.CompleteAsync(fact.SessionId);
    }

    private static CheckoutFact FactOf(int number) =>
        LedgerKit.Fact(IdOf(number)) with { PaymentIntent = string.Create(CultureInfo.InvariantCulture, $"pi_{number:D24}") };

    /// <summary>An id as long as Stripe's.</summary>
    private static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"cs_live_{number:D10}a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4");

    /// <summary>A sale of one mug with texts as long as they usually are. Stripe's link has a fragment of about 300 characters.</summary>
    private static NewOrder Sell(int number)
    {
        var id = IdOf(number);
        return new NewOrder
        {
            SessionId = id,
            OrderRef = string.Create(CultureInfo.InvariantCulture, $"ord_{number:x32}"),
            AmountSubtotal = 9998,
            AmountTotal = 9998,
            Currency = "usd",
            Livemode = false,
            Mode = "payment",
            ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
            CheckoutUrl = $"https://checkout.stripe.com/c/pay/{id}#{new string('x', 300)}",
            ProductId = "mug",
            ProductName = "Red mug",
            Owner = (number % 100).ToString("x32", CultureInfo.InvariantCulture),
            Principal = "key:shop-agent",
            ShortLink = string.Create(CultureInfo.InvariantCulture, $"s{number:D10}"),
            LineItems = [new OrderLine { Name = "Red mug", Quantity = 2, UnitAmount = 4999, ProductId = "mug", Recurring = false }],
        };
    }
}
