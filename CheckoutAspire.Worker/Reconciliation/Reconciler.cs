using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Asks Stripe itself, at start and every few minutes, for the sessions of this installation, and feeds what the ledger does not
/// know into the same stream. Stripe may fail to generate an event, and Redis may lose one: listing objects is the only complete
/// source (<see href="https://docs.stripe.com/webhooks/handle-irrecoverable-events"/>).
/// </summary>
internal sealed partial class Reconciler(
    StripeReader account,
    ReconciliationCursor cursor,
    EventStream events,
    OrderLedger orders,
    LedgerPartitions partitions,
    LedgerReadiness ledger,
    WorkerTelemetry telemetry,
    IOptions<StripeOptions> stripe,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<Reconciler> logger) : BackgroundService
{
    /// <summary>A session lives for a day at most; what changes later is a delayed payment, found by its order.</summary>
    private static readonly TimeSpan s_overlap = TimeSpan.FromHours(25);

    /// <summary>How far back a new ledger looks: beyond Stripe's retries and its resends of 30 days.</summary>
    private static readonly TimeSpan s_horizon = TimeSpan.FromDays(35);

    private readonly string _deployment = stripe.Value.Deployment;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ledger.WhenVerifiedAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.ReconcileInterval, time);
        do
        {
            try
            {
                if (await cursor.TryBeginAsync(options.Value.ReconcileInterval))
                {
                    await ReconcileAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Interrupted(logger, StripeReader.Describe(exception));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var since = await cursor.ReadAsync() is { } last ? last - s_overlap : now - s_horizon;
        var (seen, fed) = (0, 0);
        await foreach (var session in ListAsync(since, cancellationToken))
        {
            seen++;
            fed += await FeedAsync(session) ? 1 : 0;
        }

        foreach (var overdue in await cursor.FindOverdueAsync(now))
        {
            fed += await FeedAsync(await account.GetAsync(overdue, cancellationToken)) ? 1 : 0;
        }

        await cursor.WriteAsync(now);
        telemetry.CountRepairs(fed);
        Log.Reconciled(logger, seen, since, fed);
    }

    private async IAsyncEnumerable<Session> ListAsync(
        DateTimeOffset since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StripeList<Session>? page = null;
        do
        {
            page = await account.ListAsync(since, page?.Data[^1].Id, cancellationToken);
            foreach (var session in page.Data.Where(session => CheckoutMetadata.IsOurs(session.Metadata, _deployment)))
            {
                yield return session;
            }
        }
        while (page.HasMore);
    }

    /// <summary>Feeds a session whose order has not come as far as Stripe says.</summary>
    private async Task<bool> FeedAsync(Session session)
    {
        var type = session.Status switch
        {
            "complete" => HandledEvents.CheckoutCompleted,
            "expired" => HandledEvents.CheckoutExpired,
            _ => null,
        };
        if (type is null || IsSettled(await orders.FindAsync(session.Id), session))
        {
            return false;
        }

        await events.AppendAsync(partitions.Of(session.Id), new EventEntry(
            "reconciliation_" + session.Id, type, session.Id, session.Livemode, session.Metadata.GetValueOrDefault(CheckoutMetadata.Traceparent, ""),
            time.GetUtcNow(), EventJson.Write(CheckoutSession.From(session))));
        return true;
    }

    private bool IsSettled(Order? order, Session session) => order?.State switch
    {
        OrderState.Fulfilled or OrderState.NeedsReview => true,
        OrderState.Claimed => !IsAbandoned(order),
        OrderState.AwaitingPayment => session.PaymentStatus == "unpaid",
        OrderState.Failed => session.PaymentStatus == "unpaid",
        OrderState.Expired => session.Status == "expired",
        _ => false,
    };

    /// <summary>
    /// Nobody holds the claim and nobody has taken it over: its entry is gone. A second one does no harm should the first come after all.
    /// What was given up is left to operators.
    /// </summary>
    private bool IsAbandoned(Order order) =>
        order.Reason is null && (order.LeaseUntil ?? default) + (2 * options.Value.Lease) < time.GetUtcNow();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Reconciled with Stripe: {Seen} sessions since {Since:u}, {Fed} of them were news.")]
        public static partial void Reconciled(ILogger logger, int seen, DateTimeOffset since, int fed);

        [LoggerMessage(2, LogLevel.Warning, "Reconciliation with Stripe was interrupted ({Error}); it will be tried again.")]
        public static partial void Interrupted(ILogger logger, string error);
    }
}
