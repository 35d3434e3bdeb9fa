using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>Sends random histories through an installation whose processes are killed and paused throughout, and counts the results.</summary>
internal sealed class ChaosRun
{
    private const int Partitions = 2;

    private readonly List<(string Name, long Value)> _figures = [];

    /// <summary>The violations, one sentence each.</summary>
    public IReadOnlyList<string> Wrong { get; private set; } = [];

    /// <summary>The results as a table.</summary>
    public string Table => string.Join('\n', _figures.Select(
        figure => string.Create(CultureInfo.InvariantCulture, $"  {figure.Name,-34}{figure.Value,10:N0}")));

    public static async Task<ChaosRun> RunAsync(ChaosOptions options, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await using var installation = await Installation.StartAsync(
            options.Promotions,
            options.ArchiveAfter,
            ("Orders__Partitions", Partitions.ToString(CultureInfo.InvariantCulture)),
            ("Worker__Lease", options.Lease.ToString()),
            ("Worker__RetryDelay", "00:00:00.2"),
            ("Worker__StopGrace", "00:00:01"),
            ("Worker__MaxAttempts", "40"),

            // Each refund or dispute of a payment that the ledger does not know yet asks Stripe.
            ("Worker__StripeRequestsPerSecond", "1000"));
        var random = new Random(options.Seed);
        using var faults = new Faults(installation, options, new Random(random.Next()));
        var calledAgain = ProvokeMerchant(installation, new Random(random.Next()));
        await faults.StartServicesAsync();

        // Sessions that are older than the ledger would be held.
        foreach (var partition in installation.Ledger.Partitions.All)
        {
            await installation.AwaitAsync(() => installation.Database.KeyExistsAsync(partition.Epoch), exists => exists);
        }


        var histories = new Histories(random);
        var sales = histories.Delay(histories.Make(options.Sessions));
        await RecordAsync(installation, sales);
        faults.TakeBackup();

        using var stripe = new StripeSender(() => faults.Receiver);
        var deliveries = histories.Interleave(sales);
        await UnderFaultsAsync(faults, cancellation => DeliverAsync(stripe, deliveries, options, cancellation), cancellationToken);
        await installation.AwaitMasterAsync();
        var archived = await installation.AwaitAsync(
            async () => (long?)await installation.CountArchivedAsync(), count => count > sales.Count / 5, options.Quiescence);
        byte[][] late = [.. sales.SelectMany(sale => sale.Late)];
        await UnderFaultsAsync(faults, cancellation => DeliverAsync(stripe, late, options, cancellation), cancellationToken);
        await installation.AwaitMasterAsync();

        // Events that were answered 200 are lost with what a restore or a promotion takes back. Here Stripe sends each of them once more, so that this run
        // needs no reconciliation, which finds such events by Stripe's lists.
        if (options.GoesBack)
        {
            await DeliverAsync(stripe, [.. deliveries.Concat(late).Distinct()], options with { Rest = TimeSpan.Zero }, cancellationToken);
        }

        await installation.AwaitQuietAsync(options.Quiescence);
        var held = await ApproveHeldAsync(installation, sales.Count);
        await installation.AwaitQuietAsync(options.Quiescence);

        var review = await HistoryReview.CompareAsync(installation, sales, held, options.GoesBack);
        var merchant = installation.Merchant;
        return new ChaosRun
        {
            Wrong = [.. review.Wrong, .. calledAgain.Select(key => $"The merchant was called for {key} although Stripe had its witness.")],
            _figures =
            {
                ("sessions and renewals", sales.Count),
                ("  of them paid", sales.Count(sale => sale.IsPaid)),
                ("  of them renewals", sales.Count(sale => sale.Kind is SaleKind.Renewal)),
                ("refunds", sales.Sum(sale => sale.Returns.Count(one => one.Kind is ReturnKind.Refund))),
                ("disputes and inquiries", sales.Sum(sale => sale.Returns.Count(one => one.Kind is ReturnKind.Dispute))),
                ("held for a return, then approved", held.Count),
                ("events delivered, including copies", deliveries.Count + late.Length),
                ("  of them to mostly archived orders", late.Length),
                ("  answered 200", stripe.Accepted),
                ("  retried after no 200", stripe.Retries),
                ("kill -9 of a worker", faults.Counts[Fault.KillWorker]),
                ("kill -9 of a receiver", faults.Counts[Fault.KillReceiver]),
                ("kill -9 of Redis", faults.Counts[Fault.KillRedis]),
                ("restored backups of Redis", faults.Counts.GetValueOrDefault(Fault.RestoreRedis)),
                ("promotions of a lagging replica", faults.Counts.GetValueOrDefault(Fault.PromoteReplica)),
                ("locks of the archive", faults.Counts[Fault.LockArchive]),
                ("absences of the archive", faults.Counts[Fault.RemoveArchive]),
                ("SIGSTOP of a worker past its lease", faults.Counts[Fault.PauseWorker]),
                ("SIGTERM of a worker", faults.Counts[Fault.TerminateWorker]),
                ("orders archived before late events", archived!.Value),
                ("orders brought back", review.BroughtBack),
                ("orders in the archive in the end", await installation.CountArchivedAsync()),
                ("effects", merchant.Count(MerchantOutcome.Effect)),
                ("redeliveries suppressed", merchant.Count(MerchantOutcome.Redelivered)),
                ("stale fences rejected", merchant.Count(MerchantOutcome.Stale)),
                ("failures by the merchant", merchant.Count(MerchantOutcome.Failed)),
                ("dead letters expected", sales.Count(sale => sale.Kind is SaleKind.Poison or SaleKind.NoEvent)),
                ("lost", review.Lost),
                ("fulfilled twice or unpaid", review.FulfilledTwice),
                ("called again despite a witness", calledAgain.Count),
                ("parts that differ from Stripe's", review.Different),
                ("seconds", (long)clock.Elapsed.TotalSeconds),
            },
        };
    }

    /// <summary>Makes the merchant occasionally slow, occasionally fail, and occasionally lose a response.</summary>
    /// <returns>The keys with which it was called although Stripe had the witness of their fulfillment, except by workers that had lost their claim.</returns>
    private static ConcurrentBag<string> ProvokeMerchant(Installation installation, Random random)
    {
        var merchant = installation.Merchant;
        var calledAgain = new ConcurrentBag<string>();
        merchant.BeforeEffect = async call =>
        {
            // In this order: what has a witness was called with an equal or higher fence before.
            var hasWitness = installation.Stripe.HasWitness(Merchant.IdOf(call.Key));
            if (hasWitness && merchant.IsNewest(call))
            {
                calledAgain.Add(call.Key);
            }

            var chance = Next(random, 100);
            if (chance < 3)
            {
                await Task.Delay(Next(random, 500));
            }

            return chance != 99;
        };
        merchant.AfterEffect = _ => Task.FromResult(Next(random, 100) != 0);
        return calledAgain;
    }

    private static int Next(Random random, int below)
    {
        lock (random)
        {
            return random.Next(below);
        }
    }

    private static async Task RecordAsync(Installation installation, IReadOnlyList<Sale> sales)
    {
        foreach (var chunk in sales.Where(sale => sale.Kind is not SaleKind.NoEvent).Chunk(500))
        {
            await Task.WhenAll(chunk.Select(async sale =>
            {
                if (sale.Kind is SaleKind.Renewal)
                {
                    installation.Stripe.AddInvoice(sale.SessionId, sale.Subscription!);
                    return;
                }

                // Stripe's API reports what the history ends with, because reconciliation reads it.
                installation.Stripe.Add(
                    sale.SessionId,
                    paymentStatus: sale.IsPaid ? "paid" : "unpaid",
                    status: sale.Expected.Contains(OrderState.Expired) ? "expired" : "complete",
                    subscription: sale.Subscription);
                if (sale.Recorded)
                {
                    await installation.Ledger.SellAsync(sale.SessionId, mode: sale.Subscription is null ? "payment" : "subscription");
                }
            }));
        }
    }

    /// <summary>An operator approves every order that is held in the end, so that each paid order is owed one effect.</summary>
    private static async Task<IReadOnlySet<string>> ApproveHeldAsync(Installation installation, int count)
    {
        var operators = new OperatorLedger(installation.Ledger.Redis, installation.Ledger.Partitions, installation.Ledger.Orders);
        var held = (await operators.HeldAsync(after: null, count)).Items;
        foreach (var chunk in held.Chunk(100))
        {
            await Task.WhenAll(chunk.Select(async one =>
            {
                var decision = await operators.DecideAsync(one.Order.SessionId, approve: true, "The chaos run approves.", one.Order.Hold);
                if (decision is not Decision.Approved)
                {
                    throw new UnreachableException(
                        $"{one.Order.SessionId} is held, but its approval returned {decision}. It is {one.Order.State} and {one.Order.Payment}: "
                        + string.Join(", ", one.Order.Timeline.Select(step => $"{step.At:mm:ss.fff} {step.What} {step.Detail}")));
                }
            }));
        }

        return held.Select(one => one.Order.SessionId).ToHashSet(StringComparer.Ordinal);
    }

    private static Task DeliverAsync(
        StripeSender stripe, IReadOnlyList<byte[]> deliveries, ChaosOptions options, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        deliveries,
        new ParallelOptions { MaxDegreeOfParallelism = options.Senders, CancellationToken = cancellationToken },
        async (body, cancellation) =>
        {
            await stripe.DeliverAsync(body, cancellation);
            await Task.Delay(options.Rest, cancellation);
        });

    /// <summary>Causes faults while the load runs. If one of the two fails, the other is canceled.</summary>
    private static async Task UnderFaultsAsync(Faults faults, Func<CancellationToken, Task> load, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loading = load(failed.Token);
        var chaos = faults.RunAsync(() => !loading.IsCompleted, failed.Token);
        var ended = await Task.WhenAny(loading, chaos);
        if (!ended.IsCompletedSuccessfully)
        {
            await failed.CancelAsync();
            await Task.WhenAll(loading, chaos).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended;
        }

        await Task.WhenAll(loading, chaos);
    }
}
