using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Random histories run through the scripts and through <see cref="ModelLedger"/>, whose results must be the same.</summary>
[Trait("loop", "long")]
public sealed class RandomHistoryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int Histories = 60;
    private const int Steps = 150;
    private static readonly TimeSpan s_lease = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_scripts_do_what_the_model_does(int partitions)
    {
        // Another seed each day, or the one that a failure printed.
        var first = Environment.GetEnvironmentVariable("CHECKOUT_HISTORY_SEED") is { Length: > 0 } given
            ? int.Parse(given, null)
            : (int)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 86400);
        for (var seed = first; seed < first + Histories; seed++)
        {
            await redis.Server.Connection.GetServers()[0].FlushAllDatabasesAsync();
            await new History(redis.Server.Connection, partitions, seed).RunAsync();
        }
    }

    private sealed class History(IConnectionMultiplexer redis, int partitions, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly LedgerKit _ledger = new(redis, partitions);
        private readonly ModelLedger _model = new();
        private readonly string[] _sessions = [.. Enumerable.Range(0, 5).Select(_ => LedgerKit.NewSessionId())];
        private readonly Dictionary<int, RedisValue> _entries = [];
        private readonly List<string> _steps = [];

        public async Task RunAsync()
        {
            foreach (var partition in _ledger.Partitions.All)
            {
                await redis.GetDatabase().StringSetAsync(partition.Epoch, 1);
                await _ledger.Events.EnsureGroupAsync(partition);
            }

            for (var step = 0; step < Steps; step++)
            {
                await StepAsync(_sessions[_random.Next(_sessions.Length)]);
            }

            await CompareAsync();
        }

        private async Task StepAsync(string id)
        {
            var fence = _model.Orders.TryGetValue(id, out var order) ? order.Fence - (_random.Next(4) == 0 ? 1 : 0) : 0;
            switch (_random.Next(100))
            {
                case < 8:
                    Same("record", _model.Record(id, 9998), await _ledger.Orders.RecordAsync(Sold(id)));
                    break;
                case < 40:
                    await ApplyAsync([id]);
                    break;
                case < 60:
                    // Concurrently, so that one script applies several facts. The same session may be among them twice.
                    await ApplyAsync([.. Enumerable.Range(0, _random.Next(2, 9)).Select(_ => _sessions[_random.Next(_sessions.Length)])]);
                    break;
                case < 72 when order is not null:
                    var held = order.Entry >= 0 && _random.Next(3) > 0 ? order.Entry : await DeliverAsync(id);
                    Same("fulfill", _model.Fulfill(id, held, fence), await _ledger.Transitions.FulfillAsync(id, _entries[held], fence));
                    break;
                case < 80 when order is not null:
                    var handler = "h" + _random.Next(3);
                    Same("complete", _model.Complete(id, fence, handler), await _ledger.Transitions.CompleteHandlerAsync(id, fence, handler, s_lease));
                    break;
                case < 88:
                    var entry = await DeliverAsync(id);
                    var (refund, rank) = ("re_" + _random.Next(3), 2 * _random.Next(3));
                    Same($"refund {refund} {rank}", _model.Refund(id, entry, refund, rank), await _ledger.Transitions.RecordReturnAsync(
                        id,
                        _entries[entry],
                        new ReturnFact
                        {
                            Kind = ReturnKind.Refund,
                            Id = refund,
                            Status = rank switch
                            {
                                0 => "pending",
                                2 => "succeeded",
                                _ => "failed",
                            },
                            AsOf = DateTimeOffset.UnixEpoch,
                            Amount = 1,
                            Currency = "usd",
                        }));
                    break;
                case < 93:
                    var approve = _random.Next(2) == 0;
                    var unpaid = _random.Next(2) == 0;
                    Same("decide", _model.Decide(id, approve, unpaid), await Operators().DecideAsync(id, approve, "test", unpaid: unpaid));
                    break;
                default:
                    if (order is { Fulfillment: OrderFulfillment.Claimed })
                    {
                        _model.LeaseRunsOut(id);
                        await redis.GetDatabase().HashSetAsync(_ledger.Partitions.Of(id).Order(id), "lease_until", 0);
                        _steps.Add("lease runs out");
                    }

                    break;
            }
        }

        private async Task ApplyAsync(string[] ids)
        {
            var delivered = new int[ids.Length];
            for (var i = 0; i < ids.Length; i++)
            {
                delivered[i] = await DeliverAsync(ids[i]);
            }

            var applied = ids.Zip(delivered, Apply).ToArray();
            await Task.WhenAll(applied.Select(one => one.Actual));
            foreach (var (id, name, expected, done, actual) in applied)
            {
                var (verdict, fence, doneBefore) = await actual;
                Same(name, expected, (verdict, fence));
                if (verdict is Outcome.Claimed)
                {
                    Same("done " + id, done, string.Join(',', doneBefore.Order(StringComparer.Ordinal)));
                }
            }
        }

        private (string Id, string Name, (Outcome, long) Expected, string Done, Task<Transition> Actual) Apply(string id, int delivered)
        {
            // Sometimes the entry that holds the claim, as after a takeover.
            var held = _model.Orders.TryGetValue(id, out var order) && order.Entry >= 0 && _random.Next(2) == 0;
            var entry = held ? order!.Entry : delivered;
            var fact = (PaymentStatusChange)_random.Next(5);
            fact = _random.Next(2) == 0 ? PaymentStatusChange.Paid : fact;
            var (origin, subtotal, withLease) = ((SaleOrigin)Math.Min(2, _random.Next(6)), _random.Next(8) == 0 ? 1 : 9998, _random.Next(2) == 0);

            var expected = _model.Apply(id, entry, fact, origin, subtotal, withLease);
            var done = _model.Orders.TryGetValue(id, out order) ? string.Join(',', order.Done) : "";
            return (id, $"apply {fact}", expected, done, _ledger.Transitions.ApplyAsync(
                LedgerKit.Fact(id, fact) with { Origin = origin, AmountSubtotal = subtotal },
                _entries[entry],
                livemode: false,
                withLease ? s_lease : TimeSpan.Zero));
        }

        private async Task<int> DeliverAsync(string id)
        {
            var entry = _entries.Count;
            _entries[entry] = await _ledger.AppendAsync(id);
            await _ledger.Events.ReadNewAsync(_ledger.Partitions.Of(id), "test", 100);
            _model.Pending.Add(entry);
            return entry;
        }

        private async Task CompareAsync()
        {
            foreach (var id in _sessions)
            {
                var expected = _model.Orders.GetValueOrDefault(id);
                var actual = await _ledger.Orders.FindAsync(id);
                Same(
                    "parts",
                    (expected?.Payment, expected?.Fulfillment, expected?.Fulfillments, expected?.Hold, expected?.Refunded),
                    (actual?.Payment, actual?.Fulfillment, actual?.Fulfillments, actual?.Hold, actual?.AmountRefunded));
                var partition = _ledger.Partitions.Of(id);
                Same("held", expected?.Fulfillment is OrderFulfillment.Held, await redis.GetDatabase().SortedSetScoreAsync(partition.Held, id) is not null);
                Same("owed", expected?.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed, await redis.GetDatabase().SortedSetScoreAsync(partition.Owed, id) is not null);
                Same("open", _model.Open.Contains(id), await redis.GetDatabase().SortedSetScoreAsync(partition.Open, id) is not null);
                Same("fulfilled steps", expected?.Fulfillments ?? 0, actual?.Timeline.Count(step => step.What == "fulfilled") ?? 0);
            }

            // Released entries wait in the stream unread. All other entries in it are pending.
            var pending = new HashSet<string>(StringComparer.Ordinal);
            foreach (var partition in _ledger.Partitions.All)
            {
                foreach (var message in await redis.GetDatabase().StreamPendingMessagesAsync(partition.Events, EventStream.Group, 10_000, RedisValue.Null))
                {
                    var stored = await redis.GetDatabase().StreamRangeAsync(partition.Events, message.MessageId, message.MessageId);
                    if (Assert.Single(stored)["type"] != HandledEvents.OrderReleased)
                    {
                        pending.Add($"{partition.Number}:{message.MessageId}");
                    }
                }
            }

            Same("pending", _model.Pending.Count, pending.Count);
        }

        private OperatorLedger Operators() => new(redis, _ledger.Partitions, _ledger.Orders);

        private static NewOrder Sold(string id) => new()
        {
            SessionId = id,
            OrderRef = "ref",
            AmountSubtotal = 9998,
            AmountTotal = 9998,
            Currency = "usd",
            Livemode = false,
            Mode = "payment",
            ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
            CheckoutUrl = "http://localhost/",
        };

        private void Same<T>(string what, T expected, T actual)
        {
            _steps.Add($"{what}: {actual}");
            Assert.True(
                EqualityComparer<T>.Default.Equals(expected, actual),
                $"Seed {seed}, {partitions} partitions, {what}: the model says {expected}, the scripts say {actual}. Last steps: "
                + string.Join(" | ", _steps.TakeLast(12)));
        }
    }
}
